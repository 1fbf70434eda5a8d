import { algorithm, type Scope, unsignedPayload } from '../doors/signature.ts';
import { S3Error, type S3ErrorCode } from './s3-error.ts';
import type { S3Target } from './s3-target.ts';

/** What a request says about its own signature. */
export interface StatedSignature {
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
  /** How long a presigned URL is valid. */
  readonly expiresSeconds?: number;
}

export interface SignedRequest {
  readonly method: string;
  readonly target: S3Target;
  /** The values of a header, joined, or `undefined` if the request has none of that name. */
  header(name: string): string | undefined;
  /** In lower case. */
  readonly headerNames: readonly string[];
}

const maxExpiresSeconds = 7 * 24 * 3600;

/**
 * Reads the signature from the header `authorization`, or from the query of a presigned URL.
 * @throws S3Error if there is none, or if it is incomplete
 */
export function readSignature(request: SignedRequest): StatedSignature {
  const inHeader = request.header('authorization');
  const inQuery = request.target.parameter('X-Amz-Algorithm') ?? request.target.parameter('X-Amz-Signature');
  if (inHeader !== undefined && inQuery !== undefined)
    throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed');
  if (inHeader !== undefined) return fromHeader(request, inHeader);
  if (inQuery !== undefined) return fromQuery(request);
  throw new S3Error('AccessDenied', 'Access Denied');
}

function fromHeader({ header }: SignedRequest, authorization: string): StatedSignature {
  const code = 'AuthorizationHeaderMalformed';
  const [, credential = '', names = '', signature = ''] =
    /^AWS4-HMAC-SHA256 +Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? fail(code, 'The authorization header is malformed.');
  const payloadHash = header('x-amz-content-sha256');
  if (payloadHash === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  return {
    ...readCredential(credential, code),
    date: header('x-amz-date') ?? fail('AccessDenied', 'AWS authentication requires a valid Date header'),
    signedHeaders: names.split(';'),
    signature,
    payloadHash: checkHash(payloadHash),
  };
}

function fromQuery({ target, header }: SignedRequest): StatedSignature {
  const code = 'AuthorizationQueryParametersError';
  const read = (name: string): string =>
    target.parameter(name) || fail(code, `The query-string authentication needs ${name}.`);
  if (read('X-Amz-Algorithm') !== algorithm)
    throw new S3Error(code, `X-Amz-Algorithm only supports "${algorithm}"`);
  const expires = read('X-Amz-Expires');
  if (!/^\d+$/.test(expires) || Number(expires) < 1 || Number(expires) > maxExpiresSeconds)
    throw new S3Error(code, 'X-Amz-Expires must be a whole number of seconds, at most a week');
  // Who signs a URL does not know the body yet.
  const hash = target.parameter('X-Amz-Content-Sha256') ?? header('x-amz-content-sha256') ?? unsignedPayload;
  return {
    ...readCredential(read('X-Amz-Credential'), code),
    date: read('X-Amz-Date'),
    signedHeaders: read('X-Amz-SignedHeaders').split(';'),
    signature: read('X-Amz-Signature'),
    payloadHash: checkHash(hash),
    expiresSeconds: Number(expires),
  };
}

function readCredential(
  credential: string,
  code: S3ErrorCode,
): Pick<StatedSignature, 'accessKeyId' | 'scope'> {
  const [accessKeyId = '', day = '', region = '', service = '', end, ...rest] = credential.split('/');
  if (end !== 'aws4_request' || rest.length > 0)
    throw new S3Error(code, 'The credential must be <key>/<day>/<region>/s3/aws4_request.');
  return { accessKeyId, scope: { day, region, service } };
}

function checkHash(hash: string): string {
  if (hash === unsignedPayload || /^[0-9a-f]{64}$/.test(hash)) return hash;
  if (hash.startsWith('STREAMING-'))
    throw new S3Error('NotImplemented', 'A body that is signed in chunks is not supported on this machine.');
  throw new S3Error('InvalidArgument', 'x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a hash.');
}

function fail(code: S3ErrorCode, message: string): never {
  throw new S3Error(code, message);
}
