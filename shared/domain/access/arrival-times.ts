import * as z from 'zod/mini';
import { RecentMap } from '../base/recent-map.ts';
import type { Fields, Records } from '../base/records.ts';

/** A move of a theoretical arrival time. Times are in epoch microseconds. */
export interface Move {
  /** Of the write. */
  readonly name: string;
  /** What is over begins anew there. */
  readonly from: number;
  /** It is over if it is not later than this. By default `from`. */
  readonly over?: number;
  /** How far it goes on. */
  readonly added: number;
  /** It goes on if it is not later than this. */
  readonly latest: number;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** A time, and how many moves of it have been taken back. */
const arrival = z.object({ arrivesAt: z._default(z.number(), 0), givenBack: z._default(z.number(), 0) });
export type ArrivalTime = z.infer<typeof arrival>;

/** How many times an instance remembers. */
const maxKnown = 1_000;

/** Theoretical arrival times (GCRA), each an item in no index. */
export interface ArrivalTimes {
  /** The time as this process has seen it last; 0 if it has not. */
  known(id: string): number;
  /** @returns 0 if there is none. @throws StoreUnavailableError */
  read(id: string, name: string): Promise<number>;
  /** Notes the time that an item has after a write. */
  remember(id: string, item: Fields | undefined): ArrivalTime;
  /**
   * @returns the time after it; undefined if it was too late, or if what this process knew of it was outdated: read it
   * then. @throws StoreUnavailableError
   */
  move(id: string, move: Move): Promise<ArrivalTime | undefined>;
}

/**
 * DynamoDB cannot write the later one of two times. So one write is for a time that is ahead, which it moves on, and
 * another one for a time that is over, which it replaces. An instance remembers the time that it has seen last, and so
 * takes the right one nearly always. With no room by what is remembered there is none, and that costs no call: the time
 * goes back only by what is given back.
 */
export function arrivalTimes(records: Records<'rate'>): ArrivalTimes {
  const known = new RecentMap<string, number>(maxKnown);

  function remember(id: string, item: Fields = {}): ArrivalTime {
    const now = arrival.parse(item);
    known.set(id, now.arrivesAt);
    return now;
  }

  return {
    known: (id) => known.get(id) ?? 0,
    remember,
    read: async (id, name) => remember(id, await records.read(id, name)).arrivesAt,

    async move(id, { name, from, over = from, added, latest, expiresAt }) {
      const attribute = 'arrivesAt';
      const isAhead = (known.get(id) ?? 0) > over;
      const { held, item } = await records.write(
        id,
        isAhead
          ? {
              ...{ name, set: { expiresAt }, plus: { [attribute]: added }, returns: 'after' },
              when: [
                [
                  { attribute, moreThan: over },
                  { attribute, atMost: latest },
                ],
              ],
            }
          : {
              ...{ name, set: { expiresAt, [attribute]: from + added }, returns: 'after' },
              when: [[{ attribute, absentOrAtMost: over }]],
            },
      );
      return held ? remember(id, item) : undefined;
    },
  };
}
