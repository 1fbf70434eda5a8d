import * as z from 'zod/mini';

/**
 * Longer than any token can say: API Gateway takes 10,240 bytes of headers, and base64 leaves three quarters of them.
 */
export const maxTenantName = 8_192;

/**
 * The name of a tenant, at every door and in every command. An issuer of tokens may choose any text, so spaces, lines
 * and signs of any script are part of it, and no letter is another one. It is well-formed Unicode: of halves of
 * characters, two names would be one in the table.
 */
export const tenantName = z
  .string()
  .check(z.regex(/^[^\p{Cs}]{1,8192}$/u, 'must be the name of a tenant: 1 to 8192 characters, well-formed'));
