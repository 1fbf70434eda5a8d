/** Of AWS's partitions, by how the names of their regions begin. Those of all others end with `amazonaws.com`. */
const domains: Readonly<Record<string, string>> = {
  'cn-': 'amazonaws.com.cn',
  'eusc-': 'amazonaws.eu',
  'us-iso-': 'c2s.ic.gov',
  'us-isob-': 'sc2s.sgov.gov',
  'us-isof-': 'csp.hci.ic.gov',
  'eu-isoe-': 'cloud.adc-e.uk',
};

/** With what the hosts of AWS end in a region: in China, for example, with `amazonaws.com.cn`. */
export function awsDomain(region: string): string {
  const prefix = Object.keys(domains).find((each) => region.startsWith(each));
  return domains[prefix ?? ''] ?? 'amazonaws.com';
}

/** Where a service is, and how a signature names it. */
export interface ServiceAddress {
  /** `dynamodb`: of its signature, and of its host, if that is not another one. */
  readonly name: string;
  readonly host?: string;
  /** The host for an account of its own, which DynamoDB has in some partitions: `ddb`. */
  readonly accountName?: string;
  /** As the environment names it: `AWS_ENDPOINT_URL_DYNAMODB`. */
  readonly variable: string;
}

interface AccountRegion {
  readonly region: string;
  readonly accountId: string | undefined;
}

/** In which partitions DynamoDB has hosts for accounts, by the domain. */
const withAccounts: readonly string[] = ['amazonaws.com', 'amazonaws.com.cn'];

/** The endpoint of AWS for a service, where the environment names none. */
export function endpointOf(
  { name, host = name, accountName }: ServiceAddress,
  { region, accountId }: AccountRegion,
): string {
  const domain = awsDomain(region);
  const isForAccount = accountName !== undefined && accountId !== undefined && withAccounts.includes(domain);
  return `https://${isForAccount ? `${accountId}.${accountName}` : host}.${region}.${domain}`;
}
