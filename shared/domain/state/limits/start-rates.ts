import { type ArrivalTime, arrivalTimes } from '../../access/arrival-times.ts';
import { microsOf } from '../../access/rate.ts';
import { StoreUnavailableError } from '../../base/errors.ts';
import type { Kind, Records } from '../../base/records.ts';
import { keyPartOf } from '../../base/tenant-key.ts';
import { callLinesIn } from './call-lines.ts';
import {
  expiresAfterMicros,
  intervalOf,
  latestBySeen,
  latestForStart,
  nextStartOf,
  type StartRate,
  type StartRates,
  startOf,
  toleranceOf,
  turnOf,
} from './start-rate.ts';

export const startRatesKind = {
  id: 'start-rate/<key>, turn-rate/<key>',
  has: 'when the next attempt of a [key](limit-work.md) may start, and when its next turn is',
  expires: 'an hour after all that it may remember',
} as const satisfies Kind;

export const startRateIdOf = (what: 'start' | 'turn', key: string): string =>
  `${what}-rate/${keyPartOf(key)}`;

/** Others may start jobs between a write and the read after it. */
const maxTries = 10;

/** Two items for each key, and a third for a strict one, behind the `StartRates` port. */
export function startRatesIn(records: Records<'rate'>): StartRates {
  const times = arrivalTimes(records);
  const known = (what: 'start' | 'turn', { key }: StartRate) => times.known(startRateIdOf(what, key));

  async function move(
    what: 'start' | 'turn',
    rate: StartRate,
    { from, latest: allowed }: { readonly from: number; readonly latest: number },
  ): Promise<ArrivalTime | undefined> {
    const [id, added] = [startRateIdOf(what, rate.key), intervalOf(rate)];
    for (let tries = 1; tries <= maxTries; tries += 1) {
      const before = times.known(id);
      if (before > allowed) return undefined;
      const latest = Math.min(allowed, latestBySeen(Math.max(from, before), rate));
      // Others may have moved it on: the item lives as long as the latest time that the condition lets it have.
      const expiresAt = Math.ceil((latest + added + expiresAfterMicros) / 1_000_000);
      const moved = await times.move(id, { name: `take a ${what}`, from, added, latest, expiresAt });
      if (moved) return moved;
      await times.read(id, 'read a rate of starts');
    }
    throw new StoreUnavailableError('the rate of a key was changed by others again and again');
  }

  return {
    ...callLinesIn(records),
    async take(rate, now) {
      const moved = await move('start', rate, { from: microsOf(now), latest: latestForStart(rate, now) });
      return moved && { ...moved, at: startOf(moved.arrivesAt, rate, now) };
    },
    async giveBack(rate, { arrivesAt, givenBack }) {
      const id = startRateIdOf('start', rate.key);
      // Without the count, a request that is carried out twice could take the start of another job.
      const sameCount =
        givenBack === 0
          ? ({ attribute: 'givenBack', absent: true } as const)
          : { attribute: 'givenBack', equals: givenBack };
      const { held, item } = await records.write(id, {
        name: 'give a start back',
        set: { arrivesAt: arrivesAt - intervalOf(rate), givenBack: givenBack + 1 },
        when: [[{ attribute: 'arrivesAt', equals: arrivesAt }, sameCount]],
        returns: 'after',
      });
      if (held) times.remember(id, item);
    },
    nextStart: (rate, now) =>
      nextStartOf({ start: known('start', rate), turn: known('turn', rate) }, rate, now),
    nextInTurn: (rate, now) => nextStartOf({ start: known('start', rate), turn: 0 }, rate, now),
    hasLine: (rate, now) => known('turn', rate) > microsOf(now),
    async join(rate, now) {
      // The first one in line waits for the next start.
      const from = Math.max(microsOf(now), known('start', rate) - toleranceOf(rate));
      // A line is as long as it is: there is always a turn.
      const moved = await move('turn', rate, { from, latest: Number.MAX_SAFE_INTEGER });
      return turnOf(moved?.arrivesAt ?? from, rate);
    },
  };
}
