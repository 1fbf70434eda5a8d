import { describe, expect, test } from '@jest/globals';
import { OutputLostError, UploadGoneError } from '../../../../shared/job/object-errors.ts';
import { aBucket } from '../../../set-ups/output.ts';

describe('an output of several claims', () => {
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
});
