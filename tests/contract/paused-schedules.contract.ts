import { describe, expect, test } from '@jest/globals';
import type { PausedSchedules } from '../../shared/job/schedule-ports.ts';

/**
 * What every `PausedSchedules` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator.
 * @param newOne as a new stage has it
 */
export function describePausedSchedules(name: string, newOne: () => Promise<PausedSchedules>): void {
  describe(`${name} as PausedSchedules`, () => {
    test('has none at first', async () => {
      expect(await (await newOne()).read()).toEqual(new Set());
    });

    test('has what was paused and not resumed', async () => {
      const paused = await newOne();
      for (const one of ['a', 'b', 'c']) await paused.pause(one);
      await paused.resume('b');
      expect(await paused.read()).toEqual(new Set(['a', 'c']));
    });

    test('has none after the last one was resumed, and can be paused again', async () => {
      const paused = await newOne();
      await paused.pause('a');
      await paused.resume('a');
      expect(await paused.read()).toEqual(new Set());
      await paused.pause('a');
      expect(await paused.read()).toEqual(new Set(['a']));
    });

    test('does a call that comes twice once', async () => {
      const paused = await newOne();
      for (const one of ['a', 'a', 'b']) await paused.pause(one);
      for (const one of ['a', 'a']) await paused.resume(one);
      expect(await paused.read()).toEqual(new Set(['b']));
    });

    test('resumes what is not paused, and there is still none', async () => {
      const paused = await newOne();
      await paused.resume('a');
      expect(await paused.read()).toEqual(new Set());
    });

    test('loses no name if several are paused and resumed at a time', async () => {
      const paused = await newOne();
      await paused.pause('gone');
      const names = Array.from({ length: 10 }, (_, index) => `schedule-${index}`);
      await Promise.all([paused.resume('gone'), ...names.map((one) => paused.pause(one))]);
      expect(await paused.read()).toEqual(new Set(names));
    });
  });
}
