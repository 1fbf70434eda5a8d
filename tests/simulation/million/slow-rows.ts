import { delivered } from '../../../shared/notify/attempt.ts';
import { latenessOf } from './lateness.ts';
import { playNotices } from './notices.ts';

/** A has so many receivers, of which each gets a number of notices a second and answers after 14 seconds; so many invocations run at a time for each queue. */
const loads = [
  { receivers: 0, each: 0, places: 2 },
  { receivers: 1, each: 1, places: 2 },
  { receivers: 1, each: 60, places: 2 },
  { receivers: 60, each: 1, places: 2 },
  { receivers: 60, each: 1, places: 4 },
  { receivers: 60, each: 1, places: 84 },
  { receivers: 60, each: 1, places: 2, slowFrom: 100 },
] as const;

export interface SlowFigures {
  readonly receivers: number;
  /** Notices to each of them in a second. */
  readonly each: number;
  readonly places: number;
  /** The second from which on the receivers are slow. */
  readonly slowFrom: number;
  /** How many seconds after they were sent B's notices are delivered: the first one, and all others. */
  readonly first: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export const answersAfterMs = 14_000;
const forSeconds = 300;

/** Plays notices of A to slow receivers for five minutes, and some of B until a quarter of an hour after that. */
export async function playSlowReceivers(): Promise<readonly SlowFigures[]> {
  const all: SlowFigures[] = [];
  for (const { receivers, each, places, ...more } of loads) {
    const perSecond = receivers * each;
    const slowFrom = 'slowFrom' in more ? more.slowFrom : 0;
    const load = { receivers, places, perSecond: Math.max(1, perSecond), count: perSecond * forSeconds };
    const answers = { answer: delivered, answersAfterMs, slowFromMs: slowFrom * 1_000 };
    const { late, first } = await playNotices({ ...load, ...answers });
    const { p50, p99, max } = latenessOf(late);
    all.push({ receivers, each, places, slowFrom, first, p50, p99, max });
  }
  return all;
}

/** A line of the table in docs/tenants.md. */
export const rowOfSlow = ({
  receivers,
  each,
  places,
  slowFrom,
  first,
  p50,
  p99,
  max,
}: SlowFigures): string => {
  const many = slowFrom === 0 ? receivers : `${receivers}, quick for ${slowFrom} s`;
  return `| ${[many, each, places, first, p50, p99, max].join(' | ')} |`;
};
