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
