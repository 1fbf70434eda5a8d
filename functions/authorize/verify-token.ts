import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Clock } from '../../shared/domain/base/ports.ts';
import { descriptionUrlOf, issuerDescription } from '../../shared/http/access/issuer-description.ts';
import type { Verified } from './authorize-request.ts';

interface Issuer {
  /** As the tokens name it: the claim `iss`. */
  readonly issuer: string;
  /** A token is for one of them: the claim `aud`, or `client_id` if it has no `aud`, as an access token of Cognito. */
  readonly audiences: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
}

/** Those with a public key. With a shared secret, a function that can check a token can make one. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const askingMs = 3_000;
/** How long it is believed where an issuer has its keys. The keys themselves are asked for again by jose. */
const descriptionMs = 3_600_000;

/**
 * Verifies tokens as API Gateway's own authorizer does: signature, issuer, audience, and time.
 * @throws what a call of the issuer has failed with
 */
export function tokenVerifier({ issuer, audiences, clock }: Issuer): (token: string) => Promise<Verified> {
  const keyOf = keysOf(issuer, clock);
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, keyOf, { issuer, algorithms, requiredClaims: ['exp'] });
      return isFor(audiences, payload) ? { claims: payload } : { refused: 'another audience' };
    } catch (error) {
      if (error instanceof errors.JOSEError && !isOutage(error)) return { refused: error.code };
      throw error;
    }
  };
}

function isFor(audiences: readonly string[], { aud, client_id }: JWTPayload): boolean {
  const named = aud === undefined ? [client_id] : [aud].flat();
  return named.some((each) => typeof each === 'string' && audiences.includes(each));
}

/**
 * The issuer did not answer in time, or with something else than keys. jose has one code for the latter and for all
 * that has no other.
 */
const isOutage = ({ code }: errors.JOSEError): boolean =>
  [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code].includes(code);

/** The key of a token, asked from the issuer when a token needs it. */
function keysOf(issuer: string, clock: Pick<Clock, 'now'>): JWTVerifyGetKey {
  let known: { readonly keys: Promise<JWTVerifyGetKey>; readonly until: number } | undefined;
  return async (header, token) => {
    if (known === undefined || clock.now() >= known.until)
      known = { keys: askForKeys(issuer), until: clock.now() + descriptionMs };
    const asked = known;
    const keys = await asked.keys.catch((error: unknown) => {
      if (known === asked) known = undefined;
      throw error;
    });
    return keys(header, token);
  };
}

async function askForKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(descriptionUrlOf(issuer), { signal: AbortSignal.timeout(askingMs) });
  if (!response.ok) throw new Error(`the issuer answers ${response.status} for its description`);
  const { jwks_uri } = issuerDescription.parse(await response.json());
  return createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: askingMs });
}
