/** Where a service is, and how a signature names it. */
export interface ServicePlace {
  /** `dynamodb`: of its host, and of the signature. */
  readonly name: string;
  /** The host for an account of its own, which DynamoDB has in some partitions: `ddb`. */
  readonly accountName?: string;
  /** As the environment names it: `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly variable: string;
}

interface Asked {
  readonly region: string;
  readonly accountId: string | undefined;
}

/** Of AWS's partitions, by how the names of their regions begin. Those of all others end with `amazonaws.com`. */
const suffixes: Readonly<Record<string, string>> = {
  'cn-': 'amazonaws.com.cn',
  'eusc-': 'amazonaws.eu',
  'us-iso-': 'c2s.ic.gov',
  'us-isob-': 'sc2s.sgov.gov',
  'us-isof-': 'csp.hci.ic.gov',
  'eu-isoe-': 'cloud.adc-e.uk',
};

/** The endpoint of AWS for a service, where the environment names none. */
export function endpointOf({ name, accountName }: ServicePlace, { region, accountId }: Asked): string {
  const other = Object.keys(suffixes).find((prefix) => region.startsWith(prefix));
  if (other !== undefined) return `https://${name}.${region}.${suffixes[other]}`;
  return accountName !== undefined && accountId !== undefined
    ? `https://${accountId}.${accountName}.${region}.amazonaws.com`
    : `https://${name}.${region}.amazonaws.com`;
}
