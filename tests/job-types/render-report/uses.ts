import { arnInAccount, defineUses, parameter } from '../../../shared/author/index.ts';

export const uses = defineUses({
  /** The address of the report service. */
  variables: { REPORTS: parameter('reports', { pattern: /^https?:/, use: 'an address' }) },
  rights: () => [{ actions: ['execute-api:Invoke'], resources: [arnInAccount('execute-api', 'reports/*')] }],
});
