import { describe, expect, test } from '@jest/globals';
import { SchedulesUnavailableError } from '../../shared/job/schedule-errors.ts';
import type { OneTimeSchedule, OneTimeSchedules } from '../../shared/job/schedule-ports.ts';

export interface Sample {
  readonly text: string;
}

/** The schedules, and what a test needs besides the port. */
export interface SchedulesUnderTest {
  readonly schedules: OneTimeSchedules<Sample>;
  /** What there is under a name. */
  find(name: string): Promise<Pick<OneTimeSchedule<Sample>, 'at' | 'message'> | undefined>;
  /** A full minute ahead. */
  readonly ahead: number;
}

let count = 0;
const newName = (): string => {
  count += 1;
  return `a_Name.of-${count}`;
};

/** What the fake and the adapter must have in common. */
export function describeOneTimeSchedules(name: string, make: () => SchedulesUnderTest): void {
  describe(`${name} as OneTimeSchedules`, () => {
    test('keeps a schedule as it was created, whatever its texts', async () => {
      const { schedules, find, ahead } = make();
      const text = 'ü 🎈 \u0000 \uFFFE <&>"\' <aws.scheduler.execution-id>';
      const schedule = { name: newName(), at: ahead, message: { text } };
      await schedules.create(schedule);
      expect(await find(schedule.name)).toEqual({ at: ahead, message: { text } });
    });

    test('creates none where there is one of the name', async () => {
      const { schedules, find, ahead } = make();
      const schedule = { name: newName(), at: ahead, message: { text: 'first' } };
      await schedules.create(schedule);
      await schedules.create({ ...schedule, message: { text: 'second' } });
      expect((await find(schedule.name))?.message).toEqual({ text: 'first' });
    });

    test('deletes a schedule, and does nothing if there is none', async () => {
      const { schedules, find, ahead } = make();
      const [deleted, other] = [newName(), newName()];
      for (const each of [deleted, other])
        await schedules.create({ name: each, at: ahead, message: { text: each } });
      await schedules.delete(deleted);
      await schedules.delete(deleted);
      await schedules.delete('never-created');
      expect([await find(deleted), (await find(other))?.message]).toEqual([undefined, { text: other }]);
    });

    test('takes a name of 64 characters', async () => {
      const { schedules, find, ahead } = make();
      const long = 'n'.repeat(64);
      await schedules.create({ name: long, at: ahead, message: { text: 'long' } });
      expect(await find(long)).toBeDefined();
    });
  });
}

/** What it must refuse. @param make with a full minute that is past */
export function describeRefusals(
  name: string,
  make: () => SchedulesUnderTest & { readonly past: number },
): void {
  const refused = async (over: Partial<OneTimeSchedule<Sample>>) => {
    const { schedules, ahead } = make();
    const schedule = { name: newName(), at: ahead, message: { text: 'refused' }, ...over };
    await expect(schedules.create(schedule)).rejects.toThrow(SchedulesUnavailableError);
  };

  describe(`${name} as OneTimeSchedules that refuse`, () => {
    test('a time that is past', () => refused({ at: make().past }));

    test.each(['n'.repeat(65), 'a name', 'ä', 'a/b'])('the name %s', (each) => refused({ name: each }));
  });
}
