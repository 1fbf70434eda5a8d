import * as z from 'zod/mini';
import { rights } from '../../domain/access/access-entry.ts';
import { UnauthenticatedError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import type { Caller } from './caller.ts';
import { readClaims, type VerifiedToken, verifiedToken } from './verified-token.ts';

/**
 * What the HTTP API's own authorizer hands over, after it has checked signature, issuer, audience and time. `scopes` is
 * null where the route requires none.
 */
const ownAuthorizer = z.object({
  jwt: z.object({
    claims: z.record(z.string(), z.unknown()),
    scopes: z.nullish(z.array(z.string())),
  }),
});

/**
 * The caller of a token that API Gateway has checked. A right is a scope, such as `jobs:submit`.
 * @throws UnauthenticatedError without a checked token, or if its tenant claim is missing, or no name of a tenant
 */
export function jwtCaller(request: HttpRequest, tenantClaim: string): Caller {
  const { data } = ownAuthorizer.safeParse(authorizerIn(request));
  if (!data) throw new UnauthenticatedError('no token that API Gateway has checked');
  const token = readClaims(data.jwt.claims, tenantClaim);
  if (!token) throw new UnauthenticatedError(`the token has no tenant in its claim ${tenantClaim}`);
  return callerOf(token, data.jwt.scopes ?? []);
}

const ofFunction = z.object({ lambda: verifiedToken });

/**
 * The caller of a token that functions/authorize has verified. Nothing beside `lambda` is looked at: only that is from
 * our function.
 * @returns undefined if the request has no such token
 */
export function verifiedCaller(request: HttpRequest): Caller | undefined {
  const { data } = ofFunction.safeParse(authorizerIn(request));
  return data && callerOf(data.lambda);
}

const authorizerIn = ({ requestContext }: HttpRequest): unknown =>
  'authorizer' in requestContext ? requestContext.authorizer : undefined;

function callerOf({ tenant, subject, scopes }: VerifiedToken, checked: readonly string[] = []): Caller {
  const granted = new Set([...checked, ...scopes.split(' ')]);
  return {
    tenant,
    actor: `subject:${subject}`,
    rights: rights.filter((right) => granted.has(`jobs:${right}`)),
  };
}
