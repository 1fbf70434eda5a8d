import { describe, expect, test } from '@jest/globals';
import { OutputStream } from '../../../../shared/worker/output-stream.ts';
import { aBucket, partBytes } from '../../../set-ups/output.ts';
import { aRunningItem } from '../../../set-ups/samples.ts';

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
