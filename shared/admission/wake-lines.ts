import { freePlaces, type LineDependencies, readKnown, wakeInLine } from '../delivery/wake-in-line.ts';
import type { DueList } from '../domain/state/job/due-list.ts';
import { placeAwaited } from '../domain/state/job/item.ts';
import { dueShards, wokenPart } from '../domain/state/job/list-keys.ts';
import { forgetLineMs, type Line, type WorkPlaces } from '../domain/state/limits/place.ts';

export interface WakeLinesDependencies extends LineDependencies {
  readonly workPlaces: Pick<WorkPlaces, 'look' | 'first' | 'lines' | 'forgetLine'>;
  readonly due: DueList;
}

/** How many of the jobs that were woken lately are on their way to the places of a room. */
type UnderWay = (room: string) => number;

const shards = [...Array(dueShards).keys()];
/** If so many jobs of a part were woken and have not come, admission is late, and nobody is woken by the net. */
const maxOfPart = 100;
/** One that was woken longer ago, and looked at in vain since, keeps no place free. */
const comesWithinMs = 3_600_000;

/**
 * Looks at the lines of jobs that wait for a place. For each free place to which no woken job is on its way, it wakes one:
 * the worker that left the place may have died before it woke one. A line that has been empty for a while is forgotten.
 * @param deadline epoch milliseconds: what is left then is for the next call
 * @throws StoreUnavailableError, QueueUnavailableError; then it has looked at some
 */
export async function wakeLines(deadline: number, deps: WakeLinesDependencies): Promise<void> {
  let found: Promise<UnderWay> | undefined;
  const underWay = () => {
    found ??= findUnderWay(deps);
    return found;
  };
  const parts = shards.map(async (part) => {
    for (const line of await deps.workPlaces.lines(part)) {
      if (deps.clock.now() >= deadline) return;
      await wakeLine(line, underWay, deps);
    }
  });
  const woken = await Promise.allSettled(parts);
  for (const one of woken) if (one.status === 'rejected') throw one.reason;
}

async function wakeLine(
  line: Line,
  underWay: () => Promise<UnderWay>,
  deps: WakeLinesDependencies,
): Promise<void> {
  const { workPlaces, clock } = deps;
  const { room, notedAt } = line;
  if ((await workPlaces.first(room, 1)).length === 0) {
    if (clock.now() - notedAt >= forgetLineMs) await workPlaces.forgetLine(line);
    return;
  }
  const free = await freePlaces({ places: await workPlaces.look(room), takenBefore: clock.now() }, deps);
  if (free.length === 0) return;
  const coming = (await underWay())(room.id);
  for (const _ of free.slice(coming)) if (!(await wakeInLine(room, deps))) return;
}

async function findUnderWay(deps: WakeLinesDependencies): Promise<UnderWay> {
  const until = Number.MAX_SAFE_INTEGER;
  const byPart = await Promise.all(
    shards.map(async (shard) => {
      const key = wokenPart(shard);
      const ids = await deps.due.find({ key, until, limit: maxOfPart });
      return (await Promise.all(ids.map((id) => roomAwaited(id, key, deps)))).flat();
    }),
  );
  const isLate = byPart.some(({ length }) => length >= maxOfPart);
  const counts = new Map<string, number>();
  for (const room of byPart.flat()) counts.set(room, (counts.get(room) ?? 0) + 1);
  return (room) => (isLate ? Infinity : (counts.get(room) ?? 0));
}

/**
 * The room of the place that a woken job is to look for; none if a worker has received the job, or if it was woken long
 * ago.
 */
async function roomAwaited(
  id: string,
  part: string,
  { store, clock }: WakeLinesDependencies,
): Promise<readonly string[]> {
  const item = await readKnown(id, store);
  if (item === undefined || item === 'newer' || item.dueKey !== part) return [];
  const { room, wokenAt = 0 } = placeAwaited(item) ?? {};
  return room === undefined || wokenAt < clock.now() - comesWithinMs ? [] : [room];
}
