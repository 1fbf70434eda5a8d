import { NewerVersionError } from '../domain/base/errors.ts';
import type { Clock } from '../domain/base/ports.ts';
import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import type { JobItem } from '../domain/state/job/item.ts';
import { linePart } from '../domain/state/job/list-keys.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';
import { isFinal, type Place, type Room, type WorkPlaces } from '../domain/state/limits/place.ts';
import type { JobStore } from '../domain/state/ports.ts';
import { backInLineWrite, leaveLineWrite } from '../domain/state/writes/admission-writes.ts';

export interface LineDependencies {
  readonly store: JobStore;
  readonly workPlaces: Pick<WorkPlaces, 'look' | 'first'>;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
  readonly clock: Clock;
}

/** The index may still have those that were woken in the last second. */
const atATime = 100;

interface Waking {
  /** A job that waits, although the index may not have it yet. */
  readonly known?: string | undefined;
  /** Whether one is to be woken at all, by how many the index has in line, or 100. */
  isWanted?(inLine: number): boolean;
}

/**
 * Wakes the first job in line, so that it looks for a place again. One conditional write takes it out of the line: of
 * those who wake at the same time, each wakes another one. If the pointer cannot be sent, the job goes back to its
 * position, so that the call that is repeated wakes the same job. A process that dies before the pointer is sent leaves
 * the job to the function `overdue`.
 * @returns whether one was woken
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function wakeInLine(
  room: Room,
  { store, workPlaces, pointers, clock }: LineDependencies,
  { known, isWanted = () => true }: Waking = {},
): Promise<boolean> {
  const ids = await workPlaces.first(room, atATime);
  if (!isWanted(ids.length)) return false;
  for (const id of known === undefined || ids.includes(known) ? ids : [...ids, known]) {
    const item = await readKnown(id, store);
    if (item === 'newer' || item?.dueKey !== linePart(room.id)) continue;
    const woken = await store.write(leaveLineWrite(item, clock.now()));
    if (!woken) continue;
    try {
      await pointers.send({ ...pointerTo(woken), again: true }, 0, woken.tenant);
    } catch (error) {
      await store.write(backInLineWrite(woken, item, clock.now()));
      throw error;
    }
    return true;
  }
  return false;
}

/** One of a newer version stays where it is: newer code wakes and judges it. */
export const readKnown = (id: string, store: JobStore): Promise<JobItem | 'newer' | undefined> =>
  store.read(id).catch((error: unknown) => {
    if (!(error instanceof NewerVersionError)) throw error;
    return 'newer' as const;
  });

interface Judging {
  readonly places: readonly Place[];
  /** The holders of places that were taken later are not looked at. */
  readonly takenBefore: number;
  /**
   * The job that asks, and the token of its attempt once that is claimed: a place that an attempt of it before has left
   * is free for it. A later attempt has taken the job over, and keeps its place.
   */
  readonly job?: string;
  readonly token?: number | undefined;
}

/** The places that are free: without a holder, or with one whose end is final. @throws StoreUnavailableError */
export async function freePlaces(
  { places, takenBefore, job, token = Infinity }: Judging,
  { store }: Pick<LineDependencies, 'store'>,
): Promise<readonly Place[]> {
  const empty = places.filter(
    ({ holder }) => holder === undefined || (holder.job === job && holder.token <= token),
  );
  if (empty.length > 0) return empty;
  const judged = places.map(async (place) => {
    const { holder, takenAt = 0 } = place;
    if (!holder || takenAt >= takenBefore) return [];
    const item = await readKnown(holder.job, store);
    return item !== 'newer' && isFinal(holder, item) ? [place] : [];
  });
  return (await Promise.all(judged)).flat();
}
