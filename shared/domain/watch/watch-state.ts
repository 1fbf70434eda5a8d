import * as z from 'zod/mini';
import type { Kind, Records } from '../base/records.ts';
import { writeVersion } from '../base/versioned-record.ts';
import { type Memory, nothingSeen, readMemory } from './memory.ts';

/** What the last check has seen. Every call @throws StoreUnavailableError */
export interface WatchState {
  read(): Promise<{ readonly memory: Memory; readonly version: number }>;
  /** @param version that was read. @returns false if another check has written since */
  write(memory: Memory, version: number): Promise<boolean>;
}

/** No job has this id: the ids of jobs are UUIDs. */
export const watchItemId = 'watch';

export const watchStateKind = {
  id: watchItemId,
  has: 'what the last [`check`](incidents.md) of the stage has seen',
  expires: 'never',
} as const satisfies Kind;

const shape = z.object({
  watchVersion: z._default(z.number(), 0),
  memory: z._default(z.string(), JSON.stringify(nothingSeen)),
});

export const watchStateIn = (records: Records<'watch'>): WatchState => ({
  async read() {
    const item = await records.read(watchItemId, 'read the state of the watch');
    const { watchVersion: version, memory } = shape.parse(item ?? {});
    return { memory: readMemory(memory), version };
  },
  write: (memory, version) =>
    writeVersion(
      { records, id: watchItemId, versionName: 'watchVersion', name: 'write the state of the watch' },
      { memory: JSON.stringify(memory) },
      version,
    ),
});
