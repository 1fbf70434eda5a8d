import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { backoffMs } from '../../shared/backoff.ts';
import type { JobMessage } from '../../shared/contracts/job-message.ts';
import { asError, JobCanceledError, LeaseLostError, UnreadableMessageError } from '../../shared/errors.ts';
import type { Delivery } from '../../shared/ports.ts';
import { type Fate, kept } from '../../shared/protocol/fate.ts';
import { giveUp } from '../../shared/protocol/give-up.ts';
import { hideWhileLeased } from '../../shared/protocol/hide-until.ts';
import type { Lease } from '../../shared/protocol/holder-writes.ts';
import { isWornOut } from '../../shared/protocol/is-worn-out.ts';
import { putAside } from '../../shared/protocol/put-aside.ts';
import { type Received, readDelivery } from '../../shared/protocol/read-delivery.ts';
import { type SettleDependencies, settleRefusal } from '../../shared/protocol/settle-refusal.ts';
import { wakeThenDelete } from '../../shared/protocol/wake-dependents.ts';
import { Attempt, type AttemptDependencies } from './attempt.ts';
import { decideOutcome } from './decide-outcome.ts';
import { HandOver } from './hand-over.ts';
import { Heartbeat, type HeartbeatDependencies } from './heartbeat.ts';
import { hasTime, type Invocation, sliceTime } from './invocation.ts';
import { jobContext } from './job-context.ts';
import { JobPersistence } from './job-persistence.ts';
import { runWork, type Works } from './run-work.ts';

export type WorkerDependencies = AttemptDependencies &
  HeartbeatDependencies &
  SettleDependencies & {
    readonly works: Works;
    /** The queue hides messages for much longer than a lease. */
    readonly hideBeforeClaim: boolean;
  };

/** Of a job of a group, whose message cannot be sent anew without losing its place. */
const outlasted = {
  name: 'QueueLimitError',
  message: 'The job was in its group for 12 days, or was delivered 900 times: its queue would soon drop it.',
};

/**
 * Does one delivery of a job's message: claims the job, does its work, stores how it ended.
 * @returns what is to become of the message
 * @throws StoreUnavailableError, QueueUnavailableError
 */
export async function processDelivery(
  delivery: Delivery,
  invocation: Invocation,
  deps: WorkerDependencies,
): Promise<Fate> {
  const received = readDelivery(delivery);
  if (received instanceof UnreadableMessageError) return putAside(delivery, received, deps);
  const now = deps.clock.now();
  if (deps.queue.isOrdered && isWornOut(delivery, now))
    return giveUp({ ...received, error: outlasted }, deps);
  // A fresh invocation has the time.
  const backoff = backoffMs(delivery.receiveCount, deps.random.fraction());
  if (!hasTime(received.message.type, invocation, now))
    return kept('too little time is left', now + backoff, received.message);
  // Before the claim, not after it: a worker that dies in between would not be noticed until the queue's own
  // visibility timeout ends, an hour and a half later.
  if (deps.hideBeforeClaim) await hideWhileLeased(delivery, now + deps.leaseMs, deps);
  return processMessage(received, { delivery, invocation }, deps);
}

async function processMessage(
  { message, again }: Received,
  { delivery, invocation }: { readonly delivery: Delivery; readonly invocation: Invocation },
  deps: WorkerDependencies,
): Promise<Fate> {
  const { receiptHandle } = delivery;
  const attempt = new Attempt({ message, receiptHandle }, deps);
  const work = makeIdempotent(
    async (_message: JobMessage) => {
      // With Powertools' idempotency switched off there would be no claim, and every duplicate would run.
      if (!attempt.lease) throw new LeaseLostError(`job ${message.id} was not claimed`);
      await workUnderLease(attempt, { lease: attempt.lease, delivery, invocation }, deps);
    },
    { persistenceStore: new JobPersistence(attempt), config: invocation.idempotency },
  );
  const thrown = await work(message).then(() => undefined, asError);
  if (attempt.refusal) return settleRefusal(attempt.refusal, { message, again, receiptHandle }, deps);
  if (attempt.finished) return wakeThenDelete(attempt.finished, deps);
  if (attempt.lease && thrown) return attempt.fateAfter(thrown);
  throw thrown ?? new LeaseLostError(`no end of job ${message.id} was stored`);
}

/** Runs the work while the heartbeat keeps the lease. Throws if the attempt is to be released, or was lost. */
async function workUnderLease(
  attempt: Attempt,
  { lease, delivery, invocation }: { lease: Lease; delivery: Delivery; invocation: Invocation },
  deps: WorkerDependencies,
): Promise<void> {
  const { item, message } = lease;
  const controller = new AbortController();
  const heartbeat = new Heartbeat({ lease, delivery, controller }, deps);
  const time = sliceTime(message.type, invocation, deps.clock.now());
  const context = () => jobContext({ item, controller, heartbeat, ...time }, deps);
  void heartbeat.beat();
  try {
    const { type, payload } = message;
    const result = await runWork({ type, payload, context, controller, timeLeftMs: time.timeLeftMs }, deps);
    attempt.ended({ status: 'succeeded', result }, heartbeat);
  } catch (thrown) {
    const error = asError(thrown);
    if (error instanceof LeaseLostError) throw error;
    if (!(error instanceof JobCanceledError || error instanceof HandOver))
      deps.log.warn('attempt failed', { error, jobId: item.id, attempt: item.attempt });
    const end = decideOutcome(error, item, deps.random.fraction());
    attempt.ended(end, heartbeat);
    if (end.status === 'retrying' || end.status === 'handed-over') throw error;
  } finally {
    heartbeat.stop();
  }
}
