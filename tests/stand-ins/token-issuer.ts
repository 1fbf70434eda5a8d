import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { type JsonServer, startJsonServer } from './json-server.ts';

/** How a token is signed: by default as the issuer does, with the newest of its keys. */
interface Signing {
  readonly key?: CryptoKey | Uint8Array;
  readonly header?: { readonly alg: string; readonly kid?: string };
}

/** An issuer of tokens with a description and keys, which are asked for over the wire. */
export interface TokenIssuer extends Pick<JsonServer, 'stop'> {
  /** As the tokens name it. */
  readonly issuer: string;
  /** The paths that it was asked for. */
  readonly asked: string[];
  /** The end of a path at which it answers 503. */
  failing: string | undefined;
  /** The public half of the newest key. */
  readonly publicKey: JWK;
  /** From now on tokens are signed with another key. */
  rotate(): Promise<void>;
  /** A token that ends in an hour. */
  token(claims: JWTPayload, signing?: Signing): Promise<string>;
}

export async function startTokenIssuer(): Promise<TokenIssuer> {
  const keys: { readonly kid: string; readonly privateKey: CryptoKey; readonly publicKey: JWK }[] = [];
  const asked: string[] = [];
  const server = await startJsonServer(({ path }) => {
    asked.push(path);
    const { issuer: address, failing } = issuer;
    if (failing !== undefined && path.endsWith(failing)) return { status: 503, body: {} };
    const body = path.endsWith('/keys')
      ? { keys: keys.map(({ publicKey }) => publicKey) }
      : { issuer: address, jwks_uri: `${server.endpoint}/keys` };
    return { status: 200, body };
  });
  const newest = () => {
    const last = keys.at(-1);
    if (last === undefined) throw new TypeError('the issuer has no key');
    return last;
  };
  const issuer: TokenIssuer = {
    issuer: `${server.endpoint}/`,
    asked,
    failing: undefined,
    get publicKey() {
      return newest().publicKey;
    },
    async rotate() {
      const { privateKey, publicKey } = await generateKeyPair('ES256');
      const kid = randomUUID();
      keys.push({ kid, privateKey, publicKey: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' } });
    },
    token(claims, { key, header } = {}) {
      const { kid, privateKey } = newest();
      return new SignJWT({
        iss: issuer.issuer,
        aud: 'jobs',
        exp: Math.floor(Date.now() / 1000) + 3600,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', kid, ...header })
        .sign(key ?? privateKey);
    },
    stop: () => server.stop(),
  };
  await issuer.rotate();
  return issuer;
}
