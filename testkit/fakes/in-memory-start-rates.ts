import { callLineIdOf } from '../../shared/domain/state/limits/call-lines.ts';
import { startRateIdOf, startRatesIn } from '../../shared/domain/state/limits/start-rates.ts';
import { InMemoryRecords } from './in-memory-records.ts';

const ofStarts = /^(start-rate|turn-rate|call-line)\//;

/** The rates of starts in a table in memory, as one process sees them. */
export function inMemoryStartRates(records = new InMemoryRecords()) {
  return {
    ...startRatesIn(records),
    records,
    /** Forgets what TTL may remove by then. @param now epoch milliseconds */
    expire: (now: number): void => {
      for (const [id, { expiresAt }] of records.items)
        if (ofStarts.test(id) && Number(expiresAt) * 1000 <= now) records.items.delete(id);
    },
    /** The theoretical arrival time of the starts of a key, in microseconds; 0 if there is none. */
    startsArriveAt: (key: string): number =>
      Number(records.items.get(startRateIdOf('start', key))?.arrivesAt ?? 0),
    /** When TTL may remove the starts of a key, whatever their writes say. @param at epoch milliseconds */
    expireAt: (key: string, at: number): void => {
      const id = startRateIdOf('start', key);
      const stored = records.items.get(id);
      if (stored) records.items.set(id, { ...stored, expiresAt: Math.ceil(at / 1000) });
    },
    /** Who makes the call of a strict line. */
    holderOf: (key: string): string | undefined => {
      const { heldBy } = records.items.get(callLineIdOf(key)) ?? {};
      return heldBy === undefined ? undefined : String(heldBy);
    },
  };
}

export type InMemoryStartRates = ReturnType<typeof inMemoryStartRates>;
