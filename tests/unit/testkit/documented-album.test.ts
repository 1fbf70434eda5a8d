import { expect, it } from '@jest/globals';
import { childHandler } from '../../../testkit/children.ts';
import { cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import { anyNumber } from '../../../testkit/effects.ts';
import { uploadedObject } from '../../../testkit/objects.ts';
import { runJob } from '../../../testkit/run-job.ts';
import { makeAlbum as contract, shrinkImage } from '../../fixtures/documented/make-album/contract.ts';
import { makeAlbum, shrinkImages } from '../../fixtures/documented/make-album/handler.ts';

const images = ['a.jpg', 'b.jpg', 'broken'].map(uploadedObject);
const objects = { ...Object.fromEntries(images.map((name) => [name, name])), [images[2] ?? '']: 'broken' };
const shrink = async (image: Buffer) => {
  if (String(image) === 'broken') throw new Error('unsupported');
  return image;
};
const children = { 'shrink-image': childHandler(shrinkImage, shrinkImages({ shrink })) };
const effects = () => ({ sheet: anyNumber(async (all: readonly Buffer[]) => Buffer.concat(all)) });

it('has all images but the broken one, wherever it is cut', async () => {
  const type = { contract, handlerWith: makeAlbum };
  const run = await runJob(type, { images }, { objects, children, effects });
  expect(run.result).toEqual({ broken: [{ image: 2, reason: 'no image' }] });
  expect(String(run.output)).toBe(images.slice(0, 2).join(''));
  await cutEverywhere(type, { images }, { objects, children, effects });
});
