import { hash } from 'node:crypto';

/**
 * A tenant as part of a key: the first 132 bits of its SHA-256, base64url. A tenant may be any text, and DynamoDB limits
 * a key to 2048 bytes, S3 to 1024.
 */
export const tenantKeyOf = (tenant: string): string => hash('sha256', tenant, 'base64url').slice(0, 22);
