import type { Connection } from './connection.ts';

/** As whom to call: one of these, or none for a stage that lets everybody in. */
export interface Credential {
  /** An API key. */
  readonly key?: string | undefined;
  /** A token of your issuer, or what gets one: it is asked before each call. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Signs a request, such as with SigV4: it is called before each try. */
  readonly sign?: ((request: Request) => Request | Promise<Request>) | undefined;
}

/** @throws TypeError for more than one credential */
export function authorizer({ key, token, sign }: Credential): Connection['authorize'] {
  if ([key, token, sign].filter((each) => each !== undefined).length > 1)
    throw new TypeError('there may be one of key, token and sign');
  if (sign) return sign;
  const secret = token ?? key;
  if (secret === undefined) return (request) => request;
  return async (request) => {
    request.headers.set('authorization', `Bearer ${typeof secret === 'string' ? secret : await secret()}`);
    return request;
  };
}
