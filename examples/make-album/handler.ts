import type { JobHandler } from '../../shared/author/index.ts';
import type { makeAlbum as contract } from './contract.ts';
import { contactSheet, type Picture, readJpeg, thumbnailSize, writeJpeg } from './pictures.ts';
import { makeThumbnail } from './thumbnail-contract.ts';

/** Images that cannot be read do not fail the album: it says which they are. */
export const makeAlbum: JobHandler<typeof contract> = async ({ images }, job) => {
  const batch = await job.spawn('thumbnails', makeThumbnail, { list: images.map((image) => ({ image })) });
  const thumbnails: Picture[] = [];
  const unreadable: { image: number; object: string; reason: string }[] = [];
  for await (const child of batch.results()) {
    if (child.status === 'succeeded')
      thumbnails.push(readJpeg(Buffer.from(child.result.thumbnail, 'base64')));
    else
      unreadable.push({
        ...{ image: child.index + 1, object: images[child.index] ?? '' },
        reason: child.error.message,
      });
  }
  const sheet = contactSheet(thumbnails, thumbnailSize);
  const { width, height } = sheet;
  const file = Buffer.from(writeJpeg(sheet)).toString('base64');
  return { images: thumbnails.length, unreadable, width, height, sheet: file };
};
