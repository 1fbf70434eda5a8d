import { freePlaces, type LineDependencies, wakeInLine } from '../delivery/wake-in-line.ts';
import { dueShards } from '../domain/state/list-keys.ts';
import { forgetLineMs, type Line, type WorkPlaces } from '../domain/state/place.ts';

export interface WakeLinesDependencies extends LineDependencies {
  readonly workPlaces: Pick<WorkPlaces, 'look' | 'first' | 'lines' | 'forgetLine'>;
}

/**
 * Looks at the lines of jobs that wait for a place, and wakes as many jobs as there are free places: whoever left these may have died before
 * it woke one, or has never come to an end by itself. A line that has been empty for a while is forgotten.
 * @param deadline epoch milliseconds: what is left then is for the next call
 * @throws StoreUnavailableError, QueueUnavailableError; then it has looked at some
 */
export async function wakeLines(deadline: number, deps: WakeLinesDependencies): Promise<void> {
  const parts = [...Array(dueShards).keys()].map(async (part) => {
    for (const line of await deps.workPlaces.lines(part)) {
      if (deps.clock.now() >= deadline) return;
      await wakeLine(line, deps);
    }
  });
  const woken = await Promise.allSettled(parts);
  for (const one of woken) if (one.status === 'rejected') throw one.reason;
}

async function wakeLine(line: Line, deps: WakeLinesDependencies): Promise<void> {
  const { workPlaces, clock } = deps;
  const { room, notedAt } = line;
  if ((await workPlaces.first(room, 1)).length === 0) {
    if (clock.now() - notedAt >= forgetLineMs) await workPlaces.forgetLine(line);
    return;
  }
  const free = await freePlaces({ places: await workPlaces.look(room), takenBefore: clock.now() }, deps);
  for (const _ of free) if (!(await wakeInLine(room, deps))) return;
}
