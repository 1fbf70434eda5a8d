import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { backoffMs } from '../../shared/backoff.ts';
import { type JobMessage, readMessage } from '../../shared/contracts/job-message.ts';
import { asError, JobCanceledError, LeaseLostError, UnreadableMessageError } from '../../shared/errors.ts';
import type { Delivery } from '../../shared/ports.ts';
import { deleted, type Fate, kept } from '../../shared/protocol/fate.ts';
import type { Lease } from '../../shared/protocol/holder-writes.ts';
import { settleRefusal } from '../../shared/protocol/settle-refusal.ts';
import { Attempt, type AttemptDependencies } from './attempt.ts';
import { decideOutcome } from './decide-outcome.ts';
import { HandOver } from './hand-over.ts';
import { Heartbeat, type HeartbeatDependencies } from './heartbeat.ts';
import { hasTime, type Invocation, sliceTime } from './invocation.ts';
import { jobContext } from './job-context.ts';
import { JobPersistence } from './job-persistence.ts';
import { runWork, type Works } from './run-work.ts';

export type WorkerDependencies = AttemptDependencies & HeartbeatDependencies & { readonly works: Works };

/**
 * Does one delivery of a job's message: claims the job, does its work, stores how it ended.
 * @returns what is to become of the message; never throws
 */
export async function processDelivery(
  delivery: Delivery,
  invocation: Invocation,
  deps: WorkerDependencies,
): Promise<Fate> {
  const message = readMessage(delivery.body);
  if (message instanceof UnreadableMessageError) return bury(delivery, message, deps);
  // A fresh invocation may have the time; should none have it (after a change of the contract), this must not spin.
  const backoff = backoffMs(delivery.receiveCount, deps.random.fraction());
  if (!hasTime(message.type, invocation, deps.clock.now()))
    return kept('too little time is left', deps.clock.now() + backoff, message);
  try {
    return await processMessage(message, { delivery, invocation }, deps);
  } catch (thrown) {
    deps.log.error('delivery failed', { error: asError(thrown), jobId: message.id });
    return kept('a call failed', deps.clock.now() + backoff, message);
  }
}

/** A message that cannot be read will not be readable next time: it goes aside at once, for a person to see. */
async function bury(
  delivery: Delivery,
  error: UnreadableMessageError,
  deps: WorkerDependencies,
): Promise<Fate> {
  deps.log.error('unreadable message', { error, messageId: delivery.messageId });
  try {
    await deps.queue.bury(delivery, error.message);
    return deleted('it is in the dead-letter queue');
  } catch (thrown) {
    deps.log.error('dead-letter queue out of reach', {
      error: asError(thrown),
      messageId: delivery.messageId,
    });
    return kept('it could not be sent to the dead-letter queue');
  }
}

async function processMessage(
  message: JobMessage,
  { delivery, invocation }: { readonly delivery: Delivery; readonly invocation: Invocation },
  deps: WorkerDependencies,
): Promise<Fate> {
  const attempt = new Attempt(message, deps);
  const work = makeIdempotent(
    async (_message: JobMessage) => {
      // With Powertools' idempotency switched off there would be no claim, and every duplicate would run.
      if (!attempt.lease) throw new LeaseLostError(`job ${message.id} was not claimed`);
      await workUnderLease(attempt, { lease: attempt.lease, delivery, invocation }, deps);
    },
    { persistenceStore: new JobPersistence(attempt), config: invocation.idempotency },
  );
  try {
    await work(message);
    return deleted('the job is finished');
  } catch (thrown) {
    if (attempt.refusal) return await settleRefusal(attempt.refusal, message, deps);
    if (!attempt.lease) throw thrown;
    return attempt.fateAfter(asError(thrown));
  }
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
