import { dayMs } from '../domain/base/schedule-time.ts';
import {
  endedAt,
  isActive,
  isSuspension,
  maxGroupPauseMs,
  maxGroupSuspensionMs,
  type Pause,
  type PausesByName,
} from '../domain/state/limits/pause.ts';
import type { Memory } from '../domain/watch/memory.ts';

interface Paused {
  readonly now: number;
  readonly memory: Pick<Memory, 'resumedAt'>;
  readonly pauses: PausesByName;
}

/** The messages of groups stay in their queue. The other run queues give theirs away. */
const mayHoldGroups = (name: string): boolean => !name.startsWith('queue:') || name === 'queue:ordered';

/** For so long a job of a group is held at most. */
const heldAtMostMs = (name: string): number => (isSuspension(name) ? maxGroupSuspensionMs : maxGroupPauseMs);

/** The pauses that may hold jobs of groups now. */
export const groupPauses = ({ pauses, now }: Omit<Paused, 'memory'>): readonly (readonly [string, Pause])[] =>
  [...pauses].filter(
    ([name, one]) => mayHoldGroups(name) && isActive(one, now) && now - one.at < heldAtMostMs(name),
  );

/** When a pause that may have held jobs of groups has ended last, as far as it is known. */
export function resumedAtOf({ pauses, memory, now }: Paused): number | undefined {
  const ends = [...pauses].flatMap(([name, one]) => (mayHoldGroups(name) ? (endedAt(one, now) ?? []) : []));
  const last = Math.max(memory.resumedAt ?? 0, ...ends);
  return last === 0 ? undefined : last;
}

/** For so long after its end, what a pause has held may look blocked or late. */
export const isResumedWithin = (paused: Paused, ms: number): boolean =>
  paused.now - (resumedAtOf(paused) ?? Number.NEGATIVE_INFINITY) < ms;

/** So long before what a pause holds starts, or fails, although it is paused. */
const warnsMs = 3 * dayMs;

/**
 * The pauses that soon end for jobs of groups, and not for others.
 * @param oldestMs how old the oldest message of a group is: it may be older than the pause, and then it is held for
 * less
 */
export const endingForGroups = (paused: Omit<Paused, 'memory'>, oldestMs: number) =>
  groupPauses(paused).flatMap(([name, { at, until = Infinity }]) => {
    const { now } = paused;
    const endsAt = now + heldAtMostMs(name) - Math.max(now - at, oldestMs);
    if (endsAt >= until || endsAt - now > warnsMs) return [];
    const what = isSuspension(name) ? 'fail' : 'start';
    const hour = new Date(endsAt).toISOString().slice(0, 13);
    return [
      {
        where: name,
        what: `its jobs of groups ${what} from ${hour}h UTC on: their queue keeps messages for 14 days`,
      },
    ];
  });
