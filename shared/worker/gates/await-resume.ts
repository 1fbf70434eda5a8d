import { pauseQueueOf } from '../../author/contract.ts';
import { type Disposition, deleted, itemChanged, returned } from '../../delivery/disposition.ts';
import { type JobItem, pauseHolding } from '../../domain/state/job/item.ts';
import { pauseOf } from '../../domain/state/limits/pause.ts';
import { firstLookAtPaused } from '../../domain/state/waits/looks.ts';
import { pauseWrite } from '../../domain/state/writes/hold-back-writes.ts';
import type { Arrival, WorkerDependencies } from './before-claim.ts';

/** The message of a group is looked at less and less often: in ten days, its queue counts fewer than 900 receives. */
const minHiddenMs = 5_000;
const maxHiddenMs = 30 * 60_000;

/**
 * The pause that holds the job of a message, by its name. Those that are asked about are at most three seconds old.
 * @returns undefined if the job may start; also if its queue would soon drop the message of its group
 * @throws StoreUnavailableError
 */
export async function pauseOfDelivery(
  { received: { message }, delivery: { sentAt } }: Pick<Arrival, 'received' | 'delivery'>,
  { pauses, contracts, clock }: WorkerDependencies,
): Promise<string | undefined> {
  if (!pauses) return undefined;
  const queue = pauseQueueOf(contracts, { ...message, group: message.options.group });
  return pauseOf({ ...message, queue, sentAt }, await pauses.read(), clock.now());
}

/**
 * Makes a job wait for the end of a pause. It uses no attempt. Its item keeps the message, and is in the index of what
 * waits: `overdue` looks there, and brings the job back. The message of a group stays in its queue, hidden, and holds
 * its group.
 * @param item as it was read
 * @returns what becomes of the message, which is deleted last: a crash before that leaves it
 * @throws StoreUnavailableError, NewerVersionError
 */
export async function awaitResume(
  item: JobItem | undefined,
  {
    by,
    received: { message },
    delivery: { receiptHandle },
  }: Omit<Arrival, 'invocation'> & { readonly by: string },
  { store, clock, random, log }: WorkerDependencies,
): Promise<Disposition> {
  const now = clock.now();
  const since = (item && pauseHolding(item)?.since) ?? now;
  const isOfGroup = message.options.group !== undefined;
  const place = isOfGroup
    ? { receiptHandle }
    : { lookAt: firstLookAtPaused(message, { now, random: random.fraction() }) };
  if (!(await store.write(pauseWrite(message, { item, by, since, ...place }, now))))
    return itemChanged(now, message);
  log.info('a job is paused', { jobId: message.id, type: message.type, by, since });
  if (!isOfGroup) return deleted('it is paused, and waits outside of its queue');
  const hiddenMs = Math.min(Math.max(now - since, minHiddenMs), maxHiddenMs);
  return returned('it is paused in its group', now + hiddenMs, message);
}
