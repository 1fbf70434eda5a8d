import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import {
  asError,
  FutureRunError,
  MessageReturnedError,
  NewerVersionError,
  StoreUnavailableError,
} from '../domain/base/errors.ts';
import type { Clock, Log, Random } from '../domain/base/ports.ts';
import type { Meter } from '../domain/observe/metrics.ts';
import { type JobMessage, readMessage } from '../domain/state/job/message.ts';
import type { Delivery, JobQueue, JobStore } from '../domain/state/ports.ts';
import { backoffMs, type Disposition, deleted, isAged, nearsQueueLimits, returned } from './disposition.ts';
import { quarantine } from './read-delivery.ts';
import { sendCopy } from './send-copy.ts';
import { makeVisibleAt } from './visibility.ts';

export interface DeliveriesDependencies {
  /** The queue that the batch came from. */
  readonly queue: JobQueue;
  readonly store: Pick<JobStore, 'write'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of the same queue. */
  readonly meter: Meter;
}

/**
 * Processes the messages of a batch in parallel, each for itself.
 * @param decide what becomes of a message. If it throws, the message is returned, with a backoff
 * @returns the messages that stay in the queue; the event source mapping deletes all others
 */
export async function processDeliveries(
  event: SQSEvent,
  decide: (delivery: Delivery) => Promise<Disposition>,
  deps: DeliveriesDependencies,
): Promise<SQSBatchResponse> {
  const processRecord = async (record: SQSRecord): Promise<void> => {
    const { kind, why } = await disposeOf(toDelivery(record), decide, deps);
    if (kind === 'return') throw new MessageReturnedError(why);
  };
  return processPartialResponse(event, processRecord, new BatchProcessor(EventType.SQS), {
    // If every message is returned, Powertools would throw: a function error that hides which and why.
    throwOnFullBatchFailure: false,
  });
}

/**
 * Processes one message, and makes it visible again when it is to be, if it is to stay in the queue.
 * @param decide as above
 * @returns what is left to be done with the message: whether to delete it
 */
export async function disposeOf(
  delivery: Delivery,
  decide: (delivery: Delivery) => Promise<Disposition>,
  deps: DeliveriesDependencies,
): Promise<Disposition> {
  const { messageId } = delivery;
  const disposition = await decide(delivery).catch((thrown: unknown) =>
    dispositionAfter(thrown, delivery, deps),
  );
  const { why, isLogged } = disposition;
  const level = isLogged ? 'debug' : 'info';
  if (disposition.kind === 'delete') {
    deps.log[level]('message deleted', {
      messageId,
      why,
      jobId: isLogged ? undefined : messageIn(delivery)?.id,
    });
    return disposition;
  }
  const { visibleAt, message } = disposition;
  deps.log[level]('message returned', { messageId, why, visibleAt, jobId: message?.id });
  if (!isLogged) deps.meter.count('MessagesReturned', message?.type);
  const left = await requeue(disposition, delivery, deps);
  // If it were only reported as failed, it would stay invisible for the rest of the queue's visibility timeout.
  if (left.kind === 'return' && left.visibleAt !== undefined)
    await makeVisibleAt(delivery, left.visibleAt, deps);
  return left;
}

const maxBackoffMs = 120_000;
/** The table is out of reach, and the message has two days left. */
const requeueAgainMs = 60_000;

/** What becomes of a message whose processing failed: table or queue were out of reach, or there is a bug. */
export async function dispositionAfter(
  thrown: unknown,
  delivery: Delivery,
  deps: DeliveriesDependencies,
): Promise<Disposition> {
  const { queue, clock, random, log } = deps;
  const message = messageIn(delivery);
  log.error('delivery failed', {
    error: asError(thrown),
    messageId: delivery.messageId,
    jobId: message?.id,
  });
  if (thrown instanceof FutureRunError && nearsQueueLimits(delivery, clock.now()))
    return quarantine(delivery, thrown, deps);
  const backoff = backoffMs(delivery.receiveCount, random.fraction());
  // Slices and sleeps are deliveries too. On an ordered queue, whose messages cannot be requeued, they must last.
  const after = queue.isOrdered ? backoff : Math.min(backoff, maxBackoffMs);
  return returned('processing failed', clock.now() + after, message);
}

/** Only what this code can read can be requeued. */
function messageIn({ body }: Delivery): JobMessage | undefined {
  try {
    const read = readMessage(body);
    return read instanceof Error ? undefined : read;
  } catch (error) {
    if (error instanceof NewerVersionError) return undefined;
    throw error;
  }
}

const toDelivery = ({ messageId, receiptHandle, body, attributes }: SQSRecord): Delivery => ({
  messageId,
  receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
});

/**
 * Requeues a message whose job waits: a queue has 120,000 places for messages in flight, and a delayed message takes
 * none. Also one that nears the limits of its queue: they must not end a job that is well.
 * @returns what is left to be done with the delivered message. If it could not be requeued, it waits in flight
 */
async function requeue(
  disposition: Disposition & { kind: 'return' },
  delivery: Delivery,
  deps: DeliveriesDependencies,
): Promise<Disposition> {
  const { message, visibleAt, isWait } = disposition;
  const { queue, clock, log } = deps;
  const now = clock.now();
  const isOld = nearsQueueLimits(delivery, now);
  // On an ordered queue it would lose its place: there the worker ends such a job instead.
  if (!message || queue.isOrdered || !(isWait || isOld)) return disposition;
  const delaySeconds = Math.max(0, ((visibleAt ?? now) - now) / 1000);
  try {
    // The write that began the wait has just said that there is a message.
    if (isOld) await sendCopy(message, { queue, delaySeconds, mayBeUnseen: !isAged(delivery, now) }, deps);
    else await queue.send({ ...message, requeued: true }, delaySeconds);
    return deleted('it was requeued');
  } catch (thrown) {
    log.warn('message not requeued', { error: asError(thrown), jobId: message.id });
    if (!(thrown instanceof StoreUnavailableError)) return disposition;
    return { ...disposition, visibleAt: Math.max(visibleAt ?? 0, now + requeueAgainMs) };
  }
}
