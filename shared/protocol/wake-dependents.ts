import type { JobItem } from '../contracts/job-item.ts';
import { readMessage } from '../contracts/job-message.ts';
import type { JobQueue, JobStore } from '../ports.ts';
import { deleted, type Fate } from './fate.ts';

export interface WakeDependencies {
  readonly store: JobStore;
  /** The gate's queue. */
  readonly waiting: Pick<JobQueue, 'send'>;
}

/** An item with its message may have 400 KB, and a worker has ten jobs at a time. */
const atATime = 20;

/**
 * Has every job that waits for this one look at its dependencies.
 * @param item of a job whose end is stored
 * @throws StoreUnavailableError, QueueUnavailableError; then some may have been woken
 */
export async function wakeDependents(
  { dependents = new Set() }: JobItem,
  { store, waiting }: WakeDependencies,
): Promise<void> {
  const wake = async (id: string): Promise<void> => {
    const dependent = await store.read(id);
    // One that does not wait yet is being noted: the gate looks at its dependencies once more after that.
    if (dependent?.status !== 'waiting' || dependent.message === undefined) return;
    const message = readMessage(dependent.message);
    // What cannot be read any more cannot be sent; its own message is in the queue, and looks by itself.
    if (!(message instanceof Error)) await waiting.send({ ...message, wake: true });
  };
  const ids = [...dependents];
  const failures: unknown[] = [];
  for (let next = 0; next < ids.length; next += atATime) {
    const woken = await Promise.allSettled(ids.slice(next, next + atATime).map(wake));
    failures.push(...woken.flatMap((one) => (one.status === 'rejected' ? [one.reason] : [])));
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * What becomes of the message of a job that has ended: it is deleted, but not before the jobs that wait were woken. If
 * that fails, or never comes to an end, the message comes again, and whoever receives it does it again.
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function wakeThenDelete(item: JobItem, deps: WakeDependencies): Promise<Fate> {
  await wakeDependents(item, deps);
  return deleted(`the job is ${item.status}`);
}
