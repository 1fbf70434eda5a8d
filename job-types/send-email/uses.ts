import { defineUses } from '../../shared/author/index.ts';
import { mail, suspensions, tenantLimits, tenants } from '../../shared/aws/uses/capabilities.ts';

/** The same as notifications by mail use. */
export const uses = defineUses({ variables: {}, capabilities: { mail, suspensions, tenantLimits, tenants } });
