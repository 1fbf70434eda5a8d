import { comparedGroups, comparedTenants, rowOfOrdered, rowOfTenants } from './tenant-rows.ts';

/** Prints the table of docs/tenants.md. */
console.log([...comparedTenants.map(rowOfTenants), ...comparedGroups.map(rowOfOrdered)].join('\n'));
