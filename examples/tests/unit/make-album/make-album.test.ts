import { describe, expect, it } from '@jest/globals';
import { childHandler, childResult } from '../../../../testkit/children.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { makeAlbum as contract } from '../../../make-album/contract.ts';
import { makeAlbum } from '../../../make-album/handler.ts';
import { fitted, readJpeg, thumbnailSize, writeJpeg } from '../../../make-album/pictures.ts';
import { makeThumbnail as thumbnailContract } from '../../../make-album/thumbnail-contract.ts';
import { makeThumbnail } from '../../../make-album/thumbnail-handler.ts';
import { aJpeg, anAlbum } from './images.ts';

const album = { contract, handler: makeAlbum };
const thumbnail = { contract: thumbnailContract, handler: makeThumbnail };
const children = { 'make-thumbnail': childHandler(thumbnailContract, makeThumbnail) };

function uploaded(count: number) {
  const files = anAlbum(count);
  const images = files.map(({ name }) => uploadedObject(name));
  const objects = Object.fromEntries(files.map(({ content }, index) => [images[index] ?? '', content]));
  return { files, images, objects };
}

describe('make-album', () => {
  it('makes one sheet of the images that can be read, and names the others', async () => {
    const { files, images, objects } = uploaded(20);
    const { result } = await runJob(album, { images }, { children, objects });
    const broken = files.flatMap(({ isBroken }, index) => (isBroken ? [index + 1] : []));
    expect(result?.unreadable.map(({ image }) => image)).toEqual(broken);
    expect(broken).toHaveLength(5);
    for (const { image, object, reason } of result?.unreadable ?? []) {
      expect(object).toBe(images[image - 1]);
      expect(reason).toMatch(/^it is no JPEG file that can be read: ./);
    }
    const sheet = readJpeg(Buffer.from(result?.sheet ?? '', 'base64'));
    expect([result?.images, sheet.width, sheet.height]).toEqual([15, 4 * 104, 4 * 104]);
  });

  it('shows each image in its place', async () => {
    const images = ['red', 'blue'].map(uploadedObject);
    const ofColour = (colour: readonly number[]) => {
      const data = new Uint8Array(4 * 96 * 96).map((_, at) => colour[at % 4] ?? 255);
      return Buffer.from(writeJpeg({ width: 96, height: 96, data })).toString('base64');
    };
    const said = childResult(thumbnailContract, (_payload, index) => ({
      ...{ width: 96, height: 96 },
      thumbnail: ofColour(index === 0 ? [255, 0, 0] : [0, 0, 255]),
    }));
    const { result } = await runJob(album, { images }, { children: { 'make-thumbnail': said } });
    const { width, data } = readJpeg(Buffer.from(result?.sheet ?? '', 'base64'));
    const pixel = (x: number) => [...data.subarray(4 * (52 * width + x), 4 * (52 * width + x) + 3)];
    expect(pixel(52).map((part) => Math.round(part / 255))).toEqual([1, 0, 0]);
    expect(pixel(104 + 52).map((part) => Math.round(part / 255))).toEqual([0, 0, 1]);
  });

  it('survives every cut, and whatever becomes of its images', async () => {
    const images = ['a', 'b', 'c'].map(uploadedObject);
    // So small that it takes no time to read it a hundred times.
    const data = new Uint8Array(4 * 8 * 8).fill(99);
    const thumbnailOf = Buffer.from(writeJpeg({ width: 8, height: 8, data })).toString('base64');
    const said = childResult(thumbnailContract, () => ({ width: 8, height: 8, thumbnail: thumbnailOf }));
    await cutEverywhere(album, { images }, { children: { 'make-thumbnail': said } });
  });
});

describe('make-thumbnail', () => {
  const image = uploadedObject('a.jpg');

  it('makes a large image small, and keeps its shape', async () => {
    const { result } = await runJob(thumbnail, { image }, { objects: { [image]: aJpeg(0) } });
    const small = readJpeg(Buffer.from(result?.thumbnail ?? '', 'base64'));
    expect([result?.width, result?.height, small.width, small.height]).toEqual([320, 240, thumbnailSize, 72]);
  });

  it('fails at its first attempt if the image cannot be read', async () => {
    const run = await runJob(thumbnail, { image }, { objects: { [image]: 'no image' } });
    expect([run.status, run.attempts, run.error?.name]).toEqual(['failed', 1, 'UnreadableImageError']);
  });

  it('survives every cut', async () => {
    await cutEverywhere(thumbnail, { image }, { objects: { [image]: aJpeg(3) } });
  });
});

describe('a small image', () => {
  it('has in each pixel the mean of those that it stands for', () => {
    const data = Uint8Array.from([0, 10, 20, 255, 100, 30, 40, 255, 0, 10, 20, 255, 100, 30, 40, 255]);
    expect([...fitted({ width: 2, height: 2, data }, 1).data]).toEqual([50, 20, 30, 255]);
  });

  it('is the image itself, if that is small enough', () => {
    const picture = { width: 2, height: 1, data: new Uint8Array(8) };
    expect(fitted(picture, 2)).toBe(picture);
  });
});
