import { delivered } from '../../../shared/notify/attempt.ts';
import { latenessOf } from './lateness.ts';
import { playNotices } from './notices.ts';

/** A has so many receivers, of which each gets a number of notices a second and answers after 14 seconds; so many invocations run at a time. */
const loads = [
  { receivers: 0, each: 0, places: 4 },
  { receivers: 1, each: 1, places: 4 },
  { receivers: 1, each: 60, places: 4 },
  { receivers: 60, each: 1, places: 4 },
  { receivers: 60, each: 1, places: 20 },
  { receivers: 60, each: 1, places: 84 },
] as const;

export interface SlowFigures {
  readonly receivers: number;
  /** Notices to each of them in a second. */
  readonly each: number;
  readonly places: number;
  /** How many seconds after they were sent B's notices are delivered. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export const answersAfterMs = 14_000;
const forSeconds = 300;

/** Plays notices of A to slow receivers for five minutes, and some of B until a quarter of an hour after that. */
export async function playSlowReceivers(): Promise<readonly SlowFigures[]> {
  const all: SlowFigures[] = [];
  for (const { receivers, each, places } of loads) {
    const perSecond = receivers * each;
    const load = { receivers, places, perSecond: Math.max(1, perSecond), count: perSecond * forSeconds };
    const { late } = await playNotices({ ...load, answer: delivered, answersAfterMs });
    const { p50, p99, max } = latenessOf(late);
    all.push({ receivers, each, places, p50, p99, max });
  }
  return all;
}

/** A line of the table in docs/tenants-measured.md. */
export const rowOfSlow = ({ receivers, each, places, p50, p99, max }: SlowFigures): string =>
  `| ${[receivers, each, places, p50, p99, max].join(' | ')} |`;
