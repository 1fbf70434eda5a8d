import type { Rates } from '../../shared/domain/access/ports.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { InMemoryRecords } from './in-memory-records.ts';

/** The rates in a table in memory. */
export function inMemoryRates(records = new InMemoryRecords()) {
  const port = ratesIn(records);
  const own = {
    ...port,
    records,
    /** How many have come in, in all. */
    taken: 0,
    take: async (arrivals: Parameters<Rates['take']>[0]) => {
      const answer = await port.take(arrivals);
      own.taken += answer.taken;
      return answer;
    },
  };
  return own;
}
