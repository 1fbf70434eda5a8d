import { describe, expect, it } from '@jest/globals';
import { hasSucceeded } from '../../../../shared/domain/state/job/transitions.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { anyNumber } from '../../../../testkit/effects.ts';
import { uploadedObject } from '../../../../testkit/objects.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { encodeVideo as contract } from '../../../encode-video/contract.ts';
import { type Encoder, type Encoding, encodeVideo } from '../../../encode-video/handler.ts';

const object = uploadedObject('clip.mp4');
const objects = { [object]: 'a clip'.repeat(40) };
type Piece = Parameters<Encoder['append']>[0];

/** Encodes nothing: the video stays as it is. */
function effects() {
  let made = 0;
  const files = new Map<string, Uint8Array[]>();
  const chunksOf = async function* (folder: string) {
    const all = Buffer.concat(files.get(folder) ?? []);
    for (let at = 0; at < all.length; at += 48) yield all.subarray(at, at + 48);
  };
  return {
    prepare: anyNumber(async () => {
      made += 1;
      files.set(`folder ${made}`, []);
      return `folder ${made}`;
    }),
    append: anyNumber(async ({ folder, chunk }: Piece) => void files.get(folder)?.push(chunk)),
    encode: anyNumber(async ({ onSeconds }: Encoding) => {
      onSeconds(5, 10);
      onSeconds(11, 10);
      return { seconds: 10, width: 64, height: 48 };
    }),
    open: anyNumber(async ({ folder }: { folder: string }) => chunksOf(folder)),
    remove: anyNumber(async (folder: string) => void files.delete(folder)),
  };
}
const type = { contract, handlerWith: encodeVideo };

describe('encode-video', () => {
  it('answers with what the encoded video is, which is its output', async () => {
    const { result, output, progress } = await runJob(type, { object }, { effects, objects });
    expect(result).toEqual({ seconds: 10, width: 64, height: 48, bytes: 240 });
    expect(output?.toString()).toBe(objects[object]);
    expect(progress.map(({ percent, message }) => [percent, message])).toEqual([
      [0, 'downloading'],
      [5, 'encoding'],
      [50, '5 of 10 s encoded'],
      [95, '11 of 10 s encoded'],
      [95, 'storing'],
      [100, 'done'],
    ]);
  });

  it('starts from the beginning wherever it is cut', async () => {
    const { cuts } = await cutEverywhere(type, { object }, { effects, objects });
    expect(cuts).toBeGreaterThan(20);
  });

  it('keeps no file of a job that fails', async () => {
    const given = effects();
    const failing = { ...given, encode: anyNumber((_encoding: Encoding) => Promise.reject(new Error('no'))) };
    const { status, effects: made } = await runJob(type, { object }, { effects: () => failing, objects });
    expect(hasSucceeded(status)).toBe(false);
    expect(made.remove).toHaveLength(made.prepare?.length ?? 0);
    expect(made.prepare).toHaveLength(3);
  });
});
