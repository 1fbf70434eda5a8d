import { comparedTenants, rowOfTenants } from './tenant-rows.ts';

/** Prints the table of docs/tenants.md. */
console.log(comparedTenants.map(rowOfTenants).join('\n'));
