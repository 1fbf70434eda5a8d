import { buffer } from 'node:stream/consumers';
import { type JobHandler, type JobObject, PermanentError } from '../../shared/author/index.ts';
import { fitted, type Picture, readJpeg, thumbnailSize, writeJpeg } from './pictures.ts';
import type { makeThumbnail as contract } from './thumbnail-contract.ts';

/** No other attempt can read the image. */
export class UnreadableImageError extends PermanentError {
  override name = 'UnreadableImageError';
}

const maxBytes = 20_000_000;

export const makeThumbnail: JobHandler<typeof contract> = async ({ image }, job) => {
  const picture = read(await bytesOf(job.object(image)));
  const thumbnail = writeJpeg(fitted(picture, thumbnailSize));
  const { width, height } = picture;
  return { width, height, thumbnail: Buffer.from(thumbnail).toString('base64') };
};

async function bytesOf(file: JobObject): Promise<Uint8Array> {
  if ((await file.size()) > maxBytes) throw new UnreadableImageError(`it has more than ${maxBytes} bytes`);
  return buffer(file.stream());
}

function read(file: Uint8Array): Picture {
  try {
    return readJpeg(file);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw new UnreadableImageError(`it is no JPEG file that can be read: ${message}`);
  }
}
