import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export const algorithm = 'AWS4-HMAC-SHA256';
export const unsignedPayload = 'UNSIGNED-PAYLOAD';

/** What a signature is valid for. */
export interface Scope {
  /** Such as `20260131`. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** Who signs, or may have signed. */
export interface Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface Signable {
  readonly method: string;
  /** Decoded. A name of the query may come twice. */
  readonly target: { readonly path: string; readonly query: readonly (readonly [string, string])[] };
  /** The signed headers, in lower case, in the order of their names. */
  readonly headers: readonly (readonly [string, string])[];
  /** The hash of the body, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
}

const hmac = (key: string | Buffer | KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/** As AWS encodes: everything but letters, digits and `-._~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * A request in the only form in which it is signed. S3 encodes a path once. All other services encode it as it was
 * sent, so twice.
 */
function canonicalRequest({ method, target, headers, payloadHash }: Signable): string {
  const query = target.query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a, first], [b, second]) => compare(a, b) || compare(first, second))
    .map(([name, value]) => `${name}=${value}`);
  return [
    method,
    target.path.split('/').map(encode).join('/'),
    query.join('&'),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, ' ')}`),
    '',
    headers.map(([name]) => name).join(';'),
    payloadHash,
  ].join('\n');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const scopeText = ({ day, region, service }: Scope): string => `${day}/${region}/${service}/aws4_request`;

/** The signature of a request, as a hexadecimal number. `date` is such as `20260131T120000Z`. */
export function signatureOf(
  signable: Signable,
  { date, scope, secret }: { readonly date: string; readonly scope: Scope; readonly secret: string },
): string {
  const text = [algorithm, date, scopeText(scope), hash('sha256', canonicalRequest(signable))].join('\n');
  return hmac(keyOf(scope, secret), text).toString('hex');
}

/**
 * To derive them is half of the work of a signature, and most calls of a day are for few scopes. Node.js takes six
 * times as long for an HMAC if its key is a buffer.
 */
const keys = new Map<string, KeyObject>();
const maxKeys = 20;

function keyOf(scope: Scope, secret: string): KeyObject {
  const name = `${secret} ${scopeText(scope)}`;
  const { day, region, service } = scope;
  const derive = () => [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
  const key = keys.get(name) ?? createSecretKey(derive());
  if (keys.size >= maxKeys) keys.clear();
  keys.set(name, key);
  return key;
}

/** The time of a date of AWS, such as `20260131T120000Z`. */
export function timeOf(date: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)?.slice(1);
  if (parts === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}
