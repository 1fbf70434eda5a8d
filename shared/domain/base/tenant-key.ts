import { sha256 } from './sha256.ts';

/**
 * A text as part of a key: the first 132 bits of its SHA-256, base64url. A tenant, a group, a host and the key of a
 * limit may be any text, and DynamoDB limits a key to 2048 bytes, S3 to 1024.
 */
export const keyPartOf = (text: string): string => sha256(text).slice(0, 22);

export const tenantKeyOf = (tenant: string): string => keyPartOf(tenant);
