import * as z from 'zod/mini';
import type { Kind, RecordReader, Records } from '../base/records.ts';

/** Which recurring schedules are paused, by their names. Every call @throws StoreUnavailableError */
export interface PausedSchedules {
  /** A strongly consistent read. It may have names of schedules that are no more. */
  read(): Promise<ReadonlySet<string>>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
}

/** No job has this id: the ids of jobs are UUIDs. */
const id = 'paused-schedules';

export const pausedSchedulesKind = {
  id,
  has: 'names of recurring schedules',
  expires: 'never',
} as const satisfies Kind;

/** DynamoDB has no empty set: with its last name the attribute goes. */
const shape = z.object({ names: z._default(z.set(z.string()), new Set()) });

/** For functions that pause none. */
export const pausedScheduleReader = (
  records: RecordReader<'paused-schedules'>,
): Pick<PausedSchedules, 'read'> => ({
  read: async () => shape.parse((await records.read(id, 'read which schedules are paused')) ?? {}).names,
});

export const pausedSchedulesIn = (records: Records<'paused-schedules'>): PausedSchedules => ({
  ...pausedScheduleReader(records),
  pause: async (name) => {
    await records.write(id, { name: 'pause a schedule', include: { names: new Set([name]) } });
  },
  resume: async (name) => {
    await records.write(id, { name: 'resume a schedule', exclude: { names: new Set([name]) } });
  },
});
