import * as z from 'zod/mini';
import { tenantName } from '../../domain/base/tenant-name.ts';

/**
 * What a token says of its caller, once it is verified. functions/authorize hands that on, and API Gateway puts it into
 * `requestContext.authorizer.lambda`: texts alone, of which nobody has to ask what API Gateway makes of them.
 */
export const verifiedToken = z.object({
  tenant: tenantName,
  /** The claim `sub`. */
  subject: z.string(),
  /** With spaces between them. */
  scopes: z.string(),
});
export type VerifiedToken = z.infer<typeof verifiedToken>;

/** @returns undefined if its tenant claim is missing, or no name of a tenant */
export function readClaims(
  claims: Readonly<Record<string, unknown>>,
  tenantClaim: string,
): VerifiedToken | undefined {
  const { data: tenant } = tenantName.safeParse(claims[tenantClaim]);
  if (tenant === undefined) return undefined;
  const scopes = [...scopesIn(claims.scope), ...scopesIn(claims.scp)].join(' ');
  return { tenant, subject: String(claims.sub), scopes };
}

/** RFC 8693, section 4.2: one text. Some issuers send a list, which API Gateway writes as `[a b]`. */
function scopesIn(claim: unknown): readonly string[] {
  if (Array.isArray(claim)) return claim.filter((scope) => typeof scope === 'string');
  return typeof claim === 'string' ? claim.replace(/^\[(.*)\]$/, '$1').split(/[ ,]+/) : [];
}
