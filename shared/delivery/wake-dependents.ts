import { NewerVersionError } from '../domain/base/errors.ts';
import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import { awaitedBatches, type JobItem } from '../domain/state/job/item.ts';
import { pointerTo } from '../domain/state/job/pointer.ts';
import { hasFailed, isWaiting } from '../domain/state/job/transitions.ts';
import type { JobReader } from '../domain/state/ports.ts';

export interface WakeDependencies {
  readonly store: JobReader;
  /** To the queue that admission receives from. */
  readonly pointers: PointerQueue;
}

const atATime = 20;

/**
 * Makes admission check every job that waits for this one: sends it a pointer to that job, whose item keeps the
 * message.
 * @param item of a job whose end is stored
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError; then some may have been woken
 */
export async function wakeDependents(
  { dependents = new Set() }: JobItem,
  deps: WakeDependencies,
): Promise<void> {
  const wake = async (id: string): Promise<void> => {
    const dependent = await deps.store.read(id);
    // One that is not waiting yet is being registered: after that, admission checks its dependencies again. One that
    // has failed may have done so by a late request, of which nobody has told.
    if (dependent?.message === undefined || !(isWaiting(dependent.status) || hasFailed(dependent.status)))
      return;
    await deps.pointers.send(pointerTo(dependent), 0, dependent.tenant);
  };
  const ids = [...dependents];
  const failures: unknown[] = [];
  for (let next = 0; next < ids.length; next += atATime) {
    const woken = await Promise.allSettled(ids.slice(next, next + atATime).map(wake));
    failures.push(...woken.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])));
  }
  // What only newer code can wake comes last: other failures may pass.
  if (failures.length > 0) throw failures.find((one) => !(one instanceof NewerVersionError)) ?? failures[0];
}

/**
 * Makes admission check whether a parent still has to wait for its children. One that does not wait yet asks itself
 * once more, after it has stored that it waits.
 * @param batch only if it waits for this one: a batch may be decided long before its last end
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function wakeWaiting(
  id: string,
  { store, pointers }: WakeDependencies,
  batch?: string,
): Promise<void> {
  const job = await store.read(id);
  if (job?.message === undefined || !isWaiting(job.status)) return;
  if (batch === undefined || awaitedBatches(job).includes(batch))
    await pointers.send(pointerTo(job), 0, job.tenant);
}
