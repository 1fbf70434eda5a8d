import { createHmac, hash } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly accountId?: string | undefined;
}

interface Scope {
  readonly credentials: Credentials;
  readonly region: string;
  /** As signatures name it, such as `dynamodb`. */
  readonly service: string;
}

interface UnsignedRequest {
  readonly path: string;
  /** With names in lower case. All of them are signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is sent with the other headers. */
interface Signature {
  readonly 'x-amz-date': string;
  readonly 'x-amz-content-sha256': string;
  readonly 'x-amz-security-token'?: string;
  readonly authorization: string;
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The last one: it is good for a day, and credentials are the same for hours. */
let last: { readonly of: string; readonly key: Buffer } | undefined;

function signingKey(day: string, { credentials, region, service }: Scope): Buffer {
  const of = `${credentials.secretAccessKey} ${day} ${region} ${service}`;
  if (last?.of !== of) {
    const parts = [day, region, service, 'aws4_request'];
    const key = parts.reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
    last = { of, key: Buffer.from(key) };
  }
  return last.key;
}

/** Signs a POST with Signature Version 4, as the SDK's clients do. @param at epoch milliseconds, by the clock of AWS */
export function signRequest({ path, headers, body }: UnsignedRequest, scope: Scope, at: number): Signature {
  const date = new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
  const day = date.slice(0, 8);
  const { accessKeyId, sessionToken } = scope.credentials;
  const payload = hash('sha256', body);
  const own = {
    'x-amz-date': date,
    'x-amz-content-sha256': payload,
    ...(sessionToken ? { 'x-amz-security-token': sessionToken } : {}),
  };
  const signed: Readonly<Record<string, string>> = { ...headers, ...own };
  const names = Object.keys(signed).sort();
  const canonical = names.map((name) => `${name}:${signed[name]?.trim().replace(/\s+/g, ' ')}\n`).join('');
  const request = `POST\n${path}\n\n${canonical}\n${names.join(';')}\n${payload}`;
  const place = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${place}\n${hash('sha256', request)}`;
  const signature = createHmac('sha256', signingKey(day, scope)).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${place}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...own, authorization };
}
