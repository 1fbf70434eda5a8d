import { NewerVersionError } from '../domain/base/errors.ts';
import type { ObjectStore } from '../domain/objects/object-ports.ts';
import type { JobItem } from '../domain/state/item.ts';
import type { JobQueue, JobStore } from '../domain/state/ports.ts';
import { orMissing, readStoredCopy } from '../domain/state/stored-copies.ts';
import { isWaiting } from '../domain/state/transitions.ts';

export interface WakeDependencies {
  readonly store: JobStore;
  /** The queue that admission receives from. */
  readonly waiting: Pick<JobQueue, 'send'>;
  /** Where large messages are. */
  readonly objects: Pick<ObjectStore, 'read'>;
}

/** A message may have 260 KB, and a worker has ten jobs at a time. */
const atATime = 20;

/**
 * Makes admission check every job that waits for this one: sends it a copy of that job's message.
 * @param item of a job whose end is stored
 * @throws StoreUnavailableError, QueueUnavailableError, ObjectsUnavailableError, NewerVersionError; then some may have
 * been woken
 */
export async function wakeDependents(
  { dependents = new Set() }: JobItem,
  { store, waiting, objects }: WakeDependencies,
): Promise<void> {
  const wake = async (id: string): Promise<void> => {
    const dependent = await store.read(id);
    // One that is not waiting yet is being registered: after that, admission checks its dependencies again.
    if (dependent?.message === undefined || !isWaiting(dependent.status)) return;
    const message = await readStoredCopy(dependent.message, objects).catch(orMissing);
    // What cannot be read any more cannot be sent. The job's own message is in the queue, and looks by itself.
    if (!(message instanceof Error)) await waiting.send({ ...message, wake: true });
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
