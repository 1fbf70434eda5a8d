import { occurrencesAfter } from './occurrences.ts';
import type { Schedule } from './schedule.ts';

interface Range {
  /** No occurrence before this is of interest, epoch milliseconds. */
  readonly since: number;
  /** The latest that is of interest, epoch milliseconds. */
  readonly until: number;
}

const minuteMs = 60_000;
/** As many are asked for at a time: what comes after the range is computed in vain. */
const atATime = 10;

/**
 * When a schedule came last: up to `count` times, the latest first, as epoch milliseconds. It looks back over more and
 * more time, since a cron may come each minute or once a year.
 * @throws what `occurrencesAfter` throws
 */
export function pastOccurrences(
  schedule: Pick<Schedule, 'cron' | 'timeZone'>,
  { since, until }: Range,
  count: number,
): readonly number[] {
  for (let span = count * minuteMs; ; span *= 4) {
    const from = Math.max(since, until - span);
    const found = occurrencesIn(schedule, { since: from, until });
    if (found.length >= count || from === since) return found.slice(-count).reverse();
  }
}

function occurrencesIn(
  schedule: Pick<Schedule, 'cron' | 'timeZone'>,
  { since, until }: Range,
): readonly number[] {
  const found: number[] = [];
  let isAll = false;
  while (!isAll) {
    const next = occurrencesAfter(schedule, found.at(-1) ?? since - 1, atATime);
    const inRange = next.filter((occurrence) => occurrence <= until);
    found.push(...inRange);
    isAll = inRange.length < atATime;
  }
  return found;
}
