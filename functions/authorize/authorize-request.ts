import type { Log } from '../../shared/domain/base/ports.ts';
import { readClaims, type VerifiedToken } from '../../shared/http/access/verified-token.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** What a verifier says of a token. It throws if the issuer of the tokens cannot be asked for its keys. */
export type Verified = { readonly claims: Claims } | { readonly refused: string };

export interface AuthorizeDependencies {
  readonly verify: (token: string) => Promise<Verified>;
  /** The claim of a token that names its tenant. */
  readonly tenantClaim: string;
  readonly log: Log;
}

/**
 * What API Gateway is told: the format of simple responses. It keeps the answer for the same header for up to 50
 * seconds.
 */
interface Authorized {
  readonly isAuthorized: true;
  readonly context?: VerifiedToken;
}

/** An API key has no dot, and a token (RFC 7515) has two. What follows the second is empty if nobody has signed it. */
const bearerToken = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i;

/**
 * Verifies the token of a request, and hands on whose it is. It lets every request on to its function, which answers
 * 401 to who has neither a verified token nor a valid API key: keys are checked in one place, and a refusal is the same
 * problem document in each mode.
 * @throws what `verify` throws: API Gateway answers 500, and keeps nothing
 */
export async function authorizeRequest(
  authorization: string,
  { verify, tenantClaim, log }: AuthorizeDependencies,
): Promise<Authorized> {
  const [, token] = bearerToken.exec(authorization.trim()) ?? [];
  if (token === undefined) return { isAuthorized: true };
  const verified = await verify(token);
  const context = 'claims' in verified ? readClaims(verified.claims, tenantClaim) : undefined;
  if (context !== undefined) return { isAuthorized: true, context };
  const reason = 'refused' in verified ? verified.refused : `no tenant in its claim ${tenantClaim}`;
  log.info('token refused', { reason });
  return { isAuthorized: true };
}
