import type { Fields, Kind, RecordReader, Records } from '../../base/records.ts';
import { type Pause, type PausesByName, pause, pausesId } from './pause.ts';

/** The item of the pauses. Every call @throws StoreUnavailableError */
export interface Pauses {
  /** A strongly consistent read. */
  read(): Promise<PausesByName>;
  /** Pauses, whatever was paused under this name before. */
  put(name: string, one: Pause): Promise<void>;
  /** @returns whether there was a pause of this name that was not resumed before */
  resume(name: string, by: string, at: number): Promise<boolean>;
  /** Forgets a pause that has ended, unless there is another one under its name by now. */
  remove(name: string, one: Pause): Promise<void>;
}

export const pausesKind = {
  id: pausesId,
  has: '[pauses](pause.md), and suspended tenants',
  expires: 'never',
} as const satisfies Kind;

/** The pauses that the item has. */
export function pausesOf({ id: _, ...pauses }: Fields = {}): PausesByName {
  return new Map(Object.entries(pauses).map(([name, one]) => [name, pause.parse(one)]));
}

/** For functions that change no pause. */
export const pauseReader = (records: RecordReader<'pauses'>): Pick<Pauses, 'read'> => ({
  read: async () => pausesOf(await records.read(pausesId, 'read the pauses')),
});

export const pausesIn = (records: Records<'pauses'>): Pauses => ({
  ...pauseReader(records),
  async put(name, one) {
    await records.write(pausesId, { name: 'pause', set: { [name]: one } });
  },
  async resume(name, by, at) {
    const { held } = await records.write(pausesId, {
      name: 'resume',
      within: name,
      set: { resumedAt: at, resumedBy: by },
      when: [
        [
          { attribute: name, present: true },
          { attribute: [name, 'resumedAt'], absent: true },
        ],
      ],
    });
    return held;
  },
  async remove(name, one) {
    await records.write(pausesId, {
      name: 'forget a pause',
      remove: [name],
      when: [[{ attribute: [name, 'at'], equals: one.at }]],
    });
  },
});
