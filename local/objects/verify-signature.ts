import { timingSafeEqual } from 'node:crypto';
import { type Signer, signatureOf, timeOf } from '../doors/signature.ts';
import { readSignature, type SignedRequest, type StatedSignature } from './read-signature.ts';
import { S3Error } from './s3-error.ts';

/** S3 accepts clocks that differ by so much. */
const maxSkewMs = 15 * 60_000;

/**
 * Checks the signature of a request (AWS Signature Version 4), in its headers or in a presigned URL, as S3 does.
 * @returns who has signed it, and the hash that the body must have, or `UNSIGNED-PAYLOAD`
 * @throws S3Error if it is not signed by `signer`, not in time, or not for this request
 */
export function verifySignature(
  request: SignedRequest,
  signer: Signer,
  now: number,
): { readonly accessKeyId: string; readonly payloadHash: string } {
  const stated = readSignature(request);
  const { accessKeyId } = stated;
  if (accessKeyId.split('.')[0] !== signer.accessKeyId)
    throw new S3Error(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  checkScope(stated, signer);
  checkTime(stated, now);
  checkSignedHeaders(request, stated);
  const { method, target, header } = request;
  const headers = stated.signedHeaders.map((name) => [name, header(name) ?? mismatch()] as const);
  const { date, scope, payloadHash } = stated;
  const expected = signatureOf(
    { method, target, headers, payloadHash },
    { date, scope, secret: signer.secretAccessKey },
  );
  if (!isEqual(expected, stated.signature)) mismatch();
  return { accessKeyId, payloadHash };
}

function checkScope({ scope, date, expiresSeconds }: StatedSignature, { region }: Signer): void {
  if (scope.region === region && scope.service === 's3' && date.startsWith(`${scope.day}T`)) return;
  throw new S3Error(
    expiresSeconds === undefined ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError',
    `The credential must be for the day of the date, the region '${region}' and the service 's3'.`,
  );
}

function checkTime({ date, expiresSeconds }: StatedSignature, now: number): void {
  const time = timeOf(date);
  if (time === undefined)
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date header');
  if (expiresSeconds === undefined) {
    if (Math.abs(now - time) <= maxSkewMs) return;
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
  if (time - now > maxSkewMs) throw new S3Error('AccessDenied', 'Request is not yet valid');
  if (now >= time + expiresSeconds * 1000) throw new S3Error('AccessDenied', 'Request has expired');
}

/** The host, and every header of AWS: who got a URL must not add one, such as metadata or a source to copy. */
function checkSignedHeaders({ headerNames }: SignedRequest, { signedHeaders }: StatedSignature): void {
  const needed = ['host', ...headerNames.filter((name) => name.startsWith('x-amz-'))];
  const missing = needed.filter((name) => !signedHeaders.includes(name));
  if (missing.length > 0)
    throw new S3Error(
      'AccessDenied',
      `There were headers present in the request which were not signed: ${missing.join(', ')}`,
    );
}

const isEqual = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

function mismatch(): never {
  throw new S3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}
