import { describe, expect, test } from '@jest/globals';
import { OutputLostError, UploadGoneError } from '../../../../shared/job/object-errors.ts';
import type { SavedOutput } from '../../../../shared/job/stored-object.ts';
import { OutputStream } from '../../../../shared/worker/output-stream.ts';
import { restoredOutput } from '../../../../shared/worker/restored-output.ts';
import { storeState } from '../../../../shared/worker/saved-states.ts';
import { InMemoryMultipartUploads } from '../../../../testkit/fakes/in-memory-multipart-uploads.ts';
import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-object-store.ts';
import { fixedRandom } from '../../../fakes/fixed.ts';
import { aRunningItem } from '../../../fakes/samples.ts';

const partBytes = 10;

function aBucket() {
  const objects = new InMemoryObjectStore();
  const multipart = new InMemoryMultipartUploads(objects.objects, partBytes);
  const deps = { objects, multipart, random: fixedRandom() };
  const claimed = (fencingToken: number) => {
    const output = new OutputStream(aRunningItem({ fencingToken }), deps);
    output.open('text/plain');
    return output;
  };
  const saving = async (output: OutputStream) => {
    const { output: saved } = await storeState(
      aRunningItem(),
      { text: '1', output: output.snapshot() },
      deps,
    );
    if (!saved) throw new Error('nothing was saved');
    return saved;
  };
  const restored = async (saved: SavedOutput, fencingToken: number) => {
    const next = claimed(fencingToken);
    next.restore(await restoredOutput(saved, aRunningItem({ fencingToken }), deps));
    return next;
  };
  /** Saves what was written, and goes on with another claim. */
  const handedOver = async (output: OutputStream, fencingToken: number) =>
    restored(await saving(output), fencingToken);
  const textOf = (name = '') => Buffer.from(objects.objects.get(name) ?? []).toString('utf8');
  return { objects, multipart, claimed, saving, restored, handedOver, textOf };
}

describe('an output', () => {
  test.each([0, 1, 9, 10, 11, 20, 25, 100])('of %i bytes becomes an object', async (bytes) => {
    const { claimed, textOf, multipart } = aBucket();
    const output = claimed(7);
    for (let at = 0; at < bytes; at += 1) await output.write(String(at % 10));
    expect(output.bytes).toBe(bytes);
    const stored = await output.finish();
    expect(stored).toMatchObject({ bytes, contentType: 'text/plain' });
    expect(textOf(stored?.name)).toBe('0123456789'.repeat(10).slice(0, bytes));
    expect(multipart.open).toEqual([]);
  });

  test('takes texts as UTF-8, buffers that are used again, and pieces larger than a part', async () => {
    const { claimed, textOf } = aBucket();
    const output = claimed(7);
    const buffer = Buffer.from('abc');
    await output.write(buffer);
    buffer.fill('x');
    await output.write('ä');
    await output.write('0123456789'.repeat(5));
    expect(textOf((await output.finish())?.name)).toBe(`abcä${'0123456789'.repeat(5)}`);
  });

  test('keeps the order of writes that nobody waits for', async () => {
    const { claimed, textOf } = aBucket();
    const output = claimed(7);
    await Promise.all(Array.from({ length: 30 }, (_, at) => output.write(`${at},`)));
    const expected = Array.from({ length: 30 }, (_, at) => `${at},`).join('');
    expect(textOf((await output.finish())?.name)).toBe(expected);
  });

  test('goes on after what was saved, at any byte, and not after what was only written', async () => {
    for (let cut = 0; cut <= 45; cut += 1) {
      const { claimed, handedOver, textOf } = aBucket();
      const text = '0123456789'.repeat(5);
      const first = claimed(7);
      await first.write(text.slice(0, cut));
      const second = await handedOver(first, 8);
      await first.write('what the saved state does not know of');
      expect(second.bytes).toBe(cut);
      await second.write(text.slice(cut));
      expect(textOf((await second.finish())?.name)).toBe(text);
    }
  });

  test('is not changed by a worker that has lost the job, and goes on to send parts', async () => {
    const { claimed, handedOver, textOf } = aBucket();
    const zombie = claimed(7);
    await zombie.write('0123456789');
    const next = await handedOver(zombie, 8);
    await next.write('abcdefghij');
    const last = await handedOver(next, 9);
    await zombie.write('ABCDEFGHIJ');
    expect(textOf((await last.finish())?.name)).toBe('0123456789abcdefghij');
  });

  test('that another worker completes meanwhile cannot be continued in this attempt', async () => {
    const { claimed, handedOver } = aBucket();
    const zombie = claimed(7);
    await zombie.write('0123456789');
    const next = await handedOver(zombie, 8);
    await zombie.write('zombie');
    await zombie.finish();
    await expect(next.write('abcdefghij')).rejects.toThrow(UploadGoneError);
  });

  test('goes on after a worker has completed it and died, also with other bytes than that one had', async () => {
    for (const saved of [10, 13, 20, 29]) {
      const { claimed, saving, restored, textOf } = aBucket();
      const text = '0123456789abcdefghij0123456789';
      const dead = claimed(7);
      await dead.write(text.slice(0, saved));
      const state = await saving(dead);
      await dead.write('the end as it was in this attempt');
      await dead.finish();
      const next = await restored(state, 8);
      await next.write(text.slice(saved));
      expect(textOf((await next.finish())?.name)).toBe(text);
    }
  });

  test('leaves no upload if what was completed does not begin with what was saved', async () => {
    const { claimed, saving, restored, multipart } = aBucket();
    const dead = claimed(7);
    await dead.write('0123456789abc');
    const saved = await saving(dead);
    await dead.finish();
    await expect(restored({ ...saved, digest: 'another' }, 8)).rejects.toThrow(OutputLostError);
    expect(multipart.open).toEqual([]);
  });

  test('is lost when its parts are gone, or are not those that were saved', async () => {
    const { claimed, saving, restored, multipart } = aBucket();
    const output = claimed(7);
    await output.write('0123456789abc');
    const saved = await saving(output);
    await expect(restored({ ...saved, bytes: 14 }, 8)).rejects.toThrow(OutputLostError);
    await expect(restored({ ...saved, parts: [999] }, 8)).rejects.toThrow(OutputLostError);
    await expect(restored({ ...saved, digest: 'another' }, 8)).rejects.toThrow(OutputLostError);
    if (saved.upload) await multipart.abort(saved.upload);
    await expect(restored(saved, 8)).rejects.toThrow(OutputLostError);
    expect(multipart.open).toEqual([]);
  });

  test('is what was written until it was finished, whatever is written meanwhile', async () => {
    for (const bytes of [5, 25]) {
      const { claimed, textOf } = aBucket();
      const output = claimed(7);
      await output.write('0123456789'.repeat(3).slice(0, bytes));
      const finishing = output.finish();
      for (const late of ['late', 'late, and longer than a part']) await output.write(late).catch(() => {});
      const stored = await finishing;
      expect(textOf(stored?.name)).toHaveLength(bytes);
      expect(stored?.bytes).toBe(bytes);
    }
  });

  test('that is aborted leaves nothing, also if nothing was sent', async () => {
    const { claimed, multipart, objects } = aBucket();
    const output = claimed(7);
    await output.abortUnless(undefined);
    await output.write('0123456789abc');
    expect(multipart.open).toHaveLength(1);
    await output.abortUnless(undefined);
    expect(multipart.open).toEqual([]);
    expect(objects.objects.size).toBe(0);
  });

  test('is not waited for when it is aborted: one that is still starting is left to the lifecycle rules', async () => {
    const { objects, multipart } = aBucket();
    const hanging = {
      partBytes,
      start: () => new Promise<never>(() => {}),
      putPart: multipart.putPart,
      copyPart: multipart.copyPart,
      listParts: multipart.listParts,
      complete: multipart.complete,
      abort: multipart.abort,
    };
    const output = new OutputStream(aRunningItem(), { objects, multipart: hanging });
    output.open('text/plain');
    void output.write('0123456789abc');
    await output.abortUnless(undefined);
    expect(multipart.open).toEqual([]);
  });

  test('may have 5 GB', async () => {
    const { claimed } = aBucket();
    const output = claimed(7);
    output.restore({
      contentType: 'text/plain',
      upload: undefined,
      parts: [],
      tail: new Uint8Array(),
      bytes: 5 * 1024 ** 3 - 1,
    });
    await output.write('1');
    await expect(output.write('1')).rejects.toThrow('5368709120 bytes');
  });
});
