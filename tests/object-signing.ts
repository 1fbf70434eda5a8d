import { hash } from 'node:crypto';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { credentials, region } from '../local/local-aws.ts';

/** A request on the wire. */
export interface Wire {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ToSign {
  readonly method?: string;
  readonly path: string;
  readonly host: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly by?: Partial<SigningIdentity>;
}

interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
}

interface Time {
  readonly at?: number;
  readonly expiresIn?: number;
}

function signing(by: ToSign['by'] = {}): SignatureV4 {
  const { service, region: ofRegion, ...keys } = { ...credentials, region, service: 's3', ...by };
  return new SignatureV4({
    credentials: keys,
    region: ofRegion,
    service,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
    applyChecksum: false,
  });
}

const requestOf = ({ method = 'PUT', path, host, query = {}, headers = {} }: ToSign) => ({
  method,
  protocol: 'http:',
  hostname: '127.0.0.1',
  path,
  query,
  headers: { host, ...headers },
});

function urlOf(path: string, query: Readonly<Record<string, unknown>> = {}): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path;
}

/** A presigned URL, and the headers that must be sent with it, as AWS's own code signs them. */
export async function presigned(
  toSign: ToSign,
  { at = Date.now(), expiresIn = 60 }: Time = {},
): Promise<Wire> {
  const headers = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', ...toSign.headers };
  const request = requestOf({ ...toSign, headers });
  const signed = await signing(toSign.by).presign(request, { signingDate: new Date(at), expiresIn });
  return { method: signed.method, url: urlOf(signed.path, signed.query), headers: signed.headers };
}

/** A request that is signed in its headers. Without another hash its body is empty. */
export async function headerSigned(toSign: ToSign, { at = Date.now() }: Time = {}): Promise<Wire> {
  const headers = { 'x-amz-content-sha256': hash('sha256', ''), ...toSign.headers };
  const request = requestOf({ ...toSign, headers });
  const signed = await signing(toSign.by).sign(request, { signingDate: new Date(at) });
  return { method: signed.method, url: urlOf(signed.path, signed.query), headers: signed.headers };
}

/** As the command line of AWS does it: the hash of the body is in the signature alone. */
export async function signedWithBody({ body, ...toSign }: ToSign & { readonly body: string }): Promise<Wire> {
  const signed = await signing(toSign.by).sign({ ...requestOf(toSign), body });
  return { method: signed.method, url: urlOf(signed.path, signed.query), headers: signed.headers };
}
