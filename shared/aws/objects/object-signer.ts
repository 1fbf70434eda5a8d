import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { MissingObjectError } from '../../domain/objects/object-errors.ts';
import type { ObjectSigner } from '../../domain/objects/object-ports.ts';
import { awsDomain } from '../aws-endpoints.ts';
import { encoded, queryOf } from '../lean/index.ts';
import type { readInputs, readResults, signUploads } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';

/** Where the bucket is. */
export interface BucketConfig {
  readonly BUCKET_NAME: string;
  readonly AWS_REGION: string;
  /** Of an emulator. */
  readonly AWS_ENDPOINT_URL_S3?: string | undefined;
}

/** SHA-256 in the form in which the signer wants it. */
class Sha256 {
  #hash: Hash | Hmac;
  readonly #secret: string | Uint8Array | undefined;

  constructor(secret?: unknown) {
    this.#secret = typeof secret === 'string' || secret instanceof Uint8Array ? secret : undefined;
    this.#hash = this.#start();
  }

  update(data: unknown): void {
    if (typeof data === 'string' || data instanceof Uint8Array) this.#hash.update(data);
    else throw new TypeError('only texts and bytes are signed');
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#start();
  }

  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

/** A key as part of a URL: every character but those of its own is encoded. */
export const encodedKey = (name: string): string => name.split('/').map(encoded).join('/');

/**
 * Host and path of an object: by the bucket's own host name, or on an emulator by path.
 * @throws MissingObjectError if the URL would lead to an object of another name
 */
export function placeOf(name: string, { BUCKET_NAME, AWS_REGION, AWS_ENDPOINT_URL_S3 }: BucketConfig): URL {
  const isDeployed = AWS_ENDPOINT_URL_S3 === undefined;
  const path = `${isDeployed ? '' : `/${BUCKET_NAME}`}/${encodedKey(name)}`;
  const origin = isDeployed
    ? `https://${BUCKET_NAME}.s3.${AWS_REGION}.${awsDomain(AWS_REGION)}`
    : AWS_ENDPOINT_URL_S3;
  const place = new URL(path, origin);
  // `URL` resolves `.` and `..`, which are parts of a key as any other.
  if (place.pathname !== path) throw new MissingObjectError('no object has such a name');
  return place;
}

/** Where a page finds the objects of the bucket. */
export const bucketOrigin = (config: BucketConfig): string => placeOf('', config).origin;

/** An object's place as the signer wants it. */
const addressOf = ({ protocol, hostname, port, pathname }: URL) => ({
  protocol,
  hostname,
  ...(port === '' ? {} : { port: Number(port) }),
  path: pathname,
});

const urlOf = ({ origin, pathname }: URL, { query }: { readonly query?: unknown }): string =>
  `${origin}${pathname}${queryOf(query as Record<string, string>)}`;

/** It becomes a part of the query, in the notation of AWS. */
const unsigned = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' };

/** For a name of ours: RFC 6266 wants no more than quotes for it. */
const attachment = (fileName: string): string => `attachment; filename="${fileName}"`;

/** Signs URLs, with the credentials that the SDK's clients use. */
const s3Signature = ({ AWS_REGION }: BucketConfig): SignatureV4 =>
  new SignatureV4({
    // In the bundles of functions that are those of the environment (infra/packaging/not-bundled.ts).
    credentials: defaultProvider(),
    region: AWS_REGION,
    service: 's3',
    sha256: Sha256,
    // S3 signs a path as it is.
    uriEscapePath: false,
    applyChecksum: false,
  });

/** A URL that a function signs allows what the function itself may do. */
type Signable = Granted<typeof signUploads> | Granted<typeof readResults> | Granted<typeof readInputs>;

/** S3's signed URLs behind the `ObjectSigner` port. */
export function s3ObjectSigner(config: Signable): ObjectSigner {
  const signature = s3Signature(config);
  return {
    async signUpload({ name, bytes, contentType, now, expiresSeconds }) {
      const place = placeOf(name, config);
      const { host } = place;
      const headers = {
        'content-length': String(bytes),
        'content-type': contentType,
        // Once written, never changed.
        'if-none-match': '*',
      };
      const signed = await signature.presign(
        {
          method: 'PUT',
          ...addressOf(place),
          query: {},
          headers: { host, ...headers, ...unsigned },
        },
        // Unless it is told, the signer leaves out the content type.
        {
          expiresIn: expiresSeconds,
          signingDate: new Date(now),
          signableHeaders: new Set(Object.keys(headers)),
        },
      );
      return { method: 'PUT', url: urlOf(place, signed), headers };
    },

    async signDownload({ name, method = 'GET', fileName, now, expiresSeconds }) {
      const place = placeOf(name, config);
      const { host } = place;
      const query: Record<string, string> =
        fileName === undefined ? {} : { 'response-content-disposition': attachment(fileName) };
      const signed = await signature.presign(
        {
          method,
          ...addressOf(place),
          query,
          headers: { host, ...unsigned },
        },
        { expiresIn: expiresSeconds, signingDate: new Date(now) },
      );
      return urlOf(place, signed);
    },
  };
}
