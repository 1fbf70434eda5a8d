import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from './object-store.ts';
import { spanOf } from './range.ts';
import type { Received } from './receive-body.ts';
import { missing, S3Error } from './s3-error.ts';
import { type S3Target, targetOf } from './s3-target.ts';

interface Copying {
  readonly incoming: Pick<IncomingMessage, 'headers'>;
  readonly target: Pick<S3Target, 'bucket'>;
  readonly accessKeyId: string;
}

/**
 * Copies the piece of an object that a request names in its headers, to a new file.
 * @throws S3Error if there is no such piece, or if it is of another bucket
 */
export async function copyPiece(
  { incoming: { headers }, target: { bucket }, accessKeyId }: Copying,
  store: ObjectStore,
): Promise<Received> {
  const source = targetOf(String(headers['x-amz-copy-source']));
  const found = source.bucket === bucket ? store.find(source) : undefined;
  if (found === undefined) throw missing(source, accessKeyId);
  const range = headers['x-amz-copy-source-range'];
  const span = spanOf(typeof range === 'string' ? range : undefined, found.size);
  const { from, to } = span ?? { from: 0, to: found.size };
  if (range !== undefined && !String(range).endsWith(`-${to - 1}`))
    throw new S3Error('InvalidArgument', 'Range specified is not valid for source object');
  const [file, md5] = [randomUUID(), createHash('md5')];
  const hashing = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      md5.update(chunk);
      done(null, chunk);
    },
  });
  const input = createReadStream('', { fd: store.open(found), start: from, end: to - 1 });
  await pipeline(input, hashing, createWriteStream(join(store.bodies, file)));
  return { file, size: to - from, md5: md5.digest('hex') };
}
