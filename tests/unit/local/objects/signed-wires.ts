import { createHash } from 'node:crypto';
import { credentials, region } from '../../../../local/local-aws.ts';
import { S3Error } from '../../../../local/objects/s3-error.ts';
import { targetOf } from '../../../../local/objects/s3-target.ts';
import { verifySignature } from '../../../../local/objects/verify-signature.ts';
import {
  presigned as presign,
  headerSigned as sign,
  type ToSign,
  type Wire,
} from '../../../object-signing.ts';

export const signer = { ...credentials, region };
export const now = Date.UTC(2026, 0, 31, 12);
export const host = '127.0.0.1:4000';
export const emptyHash = createHash('sha256').digest('hex');

const upload = { 'content-length': '5', 'content-type': 'text/csv' };

export const presigned = (toSign: Partial<ToSign> = {}): Promise<Wire> =>
  presign(
    { path: '/bucket/uploads/a%20b', host, ...toSign, headers: { ...upload, ...toSign.headers } },
    { at: now },
  );

export const headerSigned = (toSign: Partial<ToSign> = {}): Promise<Wire> =>
  sign({ path: '/bucket/uploads/a%20b', host, ...toSign }, { at: now });

export const verify = ({ method, url, headers }: Wire, at = now): string =>
  verifySignature(
    {
      method,
      target: targetOf(url),
      header: (name) => headers[name],
      headerNames: Object.keys(headers),
    },
    signer,
    at,
  );

/** The code and the text of the refusal. */
export function refusal(wire: Wire, at = now): string {
  try {
    verify(wire, at);
  } catch (error) {
    if (error instanceof S3Error) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}
