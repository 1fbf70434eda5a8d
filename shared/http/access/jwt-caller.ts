import * as z from 'zod/mini';
import { rights } from '../../domain/access/access-entry.ts';
import { UnauthenticatedError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../http-types.ts';
import type { Caller } from './caller.ts';

/**
 * What the HTTP API's own authorizer hands over, after it has checked signature, issuer, audience and time. `scopes` is
 * null where the route requires none.
 */
const authorizer = z.object({
  jwt: z.object({
    claims: z.record(z.string(), z.unknown()),
    scopes: z.nullish(z.array(z.string())),
  }),
});

/**
 * The caller of a token that API Gateway has checked. A right is a scope, such as `jobs:submit`.
 * @throws UnauthenticatedError without a checked token, or if its tenant claim is missing, empty or no text
 */
export function jwtCaller({ requestContext }: HttpRequest, tenantClaim: string): Caller {
  const checked = authorizer.safeParse(
    'authorizer' in requestContext ? requestContext.authorizer : undefined,
  );
  if (!checked.success) throw new UnauthenticatedError('no token that API Gateway has checked');
  const { claims, scopes } = checked.data.jwt;
  const tenant = claims[tenantClaim];
  if (typeof tenant !== 'string' || tenant === '')
    throw new UnauthenticatedError(`the token has no tenant in its claim ${tenantClaim}`);
  const granted = new Set([...(scopes ?? []), ...scopesIn(claims.scope), ...scopesIn(claims.scp)]);
  return {
    tenant,
    actor: `subject:${claims.sub}`,
    rights: rights.filter((right) => granted.has(`jobs:${right}`)),
  };
}

/** RFC 8693, section 4.2: one text. Some issuers send a list, which API Gateway writes as `[a b]`. */
function scopesIn(claim: unknown): readonly string[] {
  if (Array.isArray(claim)) return claim.filter((scope) => typeof scope === 'string');
  return typeof claim === 'string' ? claim.replace(/^\[(.*)\]$/, '$1').split(/[ ,]+/) : [];
}
