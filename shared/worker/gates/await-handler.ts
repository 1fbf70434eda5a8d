import { type Contracts, contractOf } from '../../author/contract.ts';
import type { Handlers } from '../../author/handler.ts';
import type { DeliveryState } from '../../delivery/classify-delivery.ts';
import { type Disposition, itemChanged, returned, waiting } from '../../delivery/disposition.ts';
import { failUnclaimed } from '../../delivery/resolve-delivery.ts';
import { maxQueueDelaySeconds } from '../../domain/base/schedule-time.ts';
import { type JobItem, lacksHandlerSince } from '../../domain/state/job/item.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import { awaitHandlerWrite } from '../../domain/state/writes/hold-back-writes.ts';
import { type Arrival, resolving, type WorkerDependencies } from './before-claim.ts';

/**
 * Deployments take seconds. What waits for longer is looked at less and less often, and never in a schedule's hands.
 */
const minPauseMs = 5_000;
const maxPauseMs = maxQueueDelaySeconds * 1000;

interface Catalogs {
  readonly contracts: Contracts;
  readonly handlers: Handlers;
}

/** Whether this build can run jobs of a type. */
export const canRun = (type: string, { contracts, handlers }: Catalogs): boolean =>
  contractOf(contracts, type) !== undefined && Object.hasOwn(handlers, type);

/** Whether a job would be started, if its type were there. */
export const mayStart = ({ kind }: DeliveryState): boolean =>
  kind === 'claimable' || kind === 'crashedWithOthers';

/**
 * Makes a job wait whose type this build cannot run: an older build may be at work, or a newer one that lacks the type.
 * It uses no attempt. Each pause is as long as the job has waited by then, up to 15 minutes; so a build that has the
 * type starts the job within one pause. A group waits with it.
 * @param item as it was read
 * @returns what becomes of the message
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function awaitHandler(
  item: JobItem | undefined,
  { received: { message }, delivery: { receiptHandle } }: Omit<Arrival, 'invocation'>,
  deps: WorkerDependencies,
): Promise<Disposition> {
  const { store, clock, log, unknownTypeMs } = deps;
  const now = clock.now();
  const since = (item && lacksHandlerSince(item)) ?? now;
  const endsAt = since + unknownTypeMs;
  if (now >= endsAt)
    return failUnclaimed({ message, error: unknownType(message, unknownTypeMs) }, resolving(deps));
  const until = Math.min(now + pauseMs(now - since), endsAt, lastStart(message, item, now));
  const isOfGroup = message.options.group !== undefined;
  const wait = { item, since, until, ...(isOfGroup ? { receiptHandle } : {}) };
  if (!(await store.write(awaitHandlerWrite(message, wait, now)))) return itemChanged(now, message);
  log.warn('no handler for the type of a job', { jobId: message.id, type: message.type, since, until });
  return (isOfGroup ? returned : waiting)('no handler for its type', until, message);
}

const pauseMs = (waitedMs: number): number => Math.min(Math.max(waitedMs, minPauseMs), maxPauseMs);

/** A job that did not start in time fails then, and not up to a pause later. */
export function lastStart(
  { options: { startBefore = 0 } }: JobMessage,
  item: JobItem | undefined,
  now: number,
) {
  return startBefore > now && !item?.mayStartLate ? startBefore : Infinity;
}

const unknownType = ({ type }: JobMessage, ms: number) => ({
  name: 'UnknownJobTypeError',
  message: `For ${ms / 3600_000} hours, no worker had a handler for the job type "${type}".`,
});
