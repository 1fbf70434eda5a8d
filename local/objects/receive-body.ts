import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unsignedPayload } from '../doors/signature.ts';
import { S3Error } from './s3-error.ts';

/** A body that is in a file. */
export interface Received {
  /** The name of the file in the folder of the bodies. */
  readonly file: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
}

interface Expected {
  /** A hash, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  readonly size: number;
}

/**
 * Writes the body of a request to a new file in `folder`, piece by piece.
 * @throws S3Error if the body is not as it was announced and signed. Then there is no file
 */
export async function receiveBody(
  incoming: IncomingMessage,
  folder: string,
  { payloadHash, size }: Expected,
): Promise<Received> {
  const file = randomUUID();
  const path = join(folder, file);
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  const isHashed = payloadHash !== unsignedPayload;
  let received = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      md5.update(chunk);
      if (isHashed) sha256.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(incoming, measure, createWriteStream(path, { flags: 'wx' }));
    if (received !== size)
      throw new S3Error(
        'IncompleteBody',
        'You did not provide the number of bytes specified by the Content-Length HTTP header',
      );
    if (isHashed && sha256.digest('hex') !== payloadHash)
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    const digest = md5.digest();
    checkMd5(incoming.headers['content-md5'], digest);
    return { file, size, md5: digest.toString('hex') };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function checkMd5(expected: string | string[] | undefined, digest: Buffer): void {
  if (expected !== undefined && expected !== digest.toString('base64'))
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
}
