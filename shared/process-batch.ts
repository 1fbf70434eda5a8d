import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { backoffMs } from './backoff.ts';
import { readMessage } from './contracts/job-message.ts';
import { asError, MessageKeptError } from './errors.ts';
import type { Log } from './logger.ts';
import type { Clock, Delivery, JobQueue, Random } from './ports.ts';
import { type Fate, kept } from './protocol/fate.ts';
import { hideUntil } from './protocol/hide-until.ts';
import { isWornOut } from './protocol/is-worn-out.ts';

export interface BatchDependencies {
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Processes a batch in parallel, each message for itself.
 * @param decide what becomes of a message; what it throws keeps the message, to come again after a backoff
 * @returns the messages that are to stay in the queue; all others are deleted by the event source mapping
 */
export async function processBatch(
  event: SQSEvent,
  decide: (delivery: Delivery) => Promise<Fate>,
  deps: BatchDependencies,
): Promise<SQSBatchResponse> {
  const processRecord = async (record: SQSRecord): Promise<void> => {
    const delivery = toDelivery(record);
    const fate = await decide(delivery).catch((thrown: unknown) => fateAfter(thrown, delivery, deps));
    await carryOut(fate, delivery, deps);
  };
  return processPartialResponse(event, processRecord, new BatchProcessor(EventType.SQS), {
    // Powertools would throw if every message is to be kept, and hide which and why behind a function error.
    throwOnFullBatchFailure: false,
  });
}

const longestBackoffMs = 120_000;

/** What becomes of a message whose processing failed: table or queue were out of reach, or there is a bug. */
export function fateAfter(
  thrown: unknown,
  { messageId, body, receiveCount }: Delivery,
  deps: BatchDependencies,
): Fate {
  const read = readMessage(body);
  const message = read instanceof Error ? undefined : read;
  deps.log.error('delivery failed', { error: asError(thrown), messageId, jobId: message?.id });
  const backoff = backoffMs(receiveCount, deps.random.fraction());
  // Slices and sleeps count as deliveries, too. On an ordered queue they are not to be used up.
  const after = deps.queue.isOrdered ? backoff : Math.min(backoff, longestBackoffMs);
  return kept('a call failed', deps.clock.now() + after, message);
}

const toDelivery = ({ messageId, receiptHandle, body, attributes }: SQSRecord): Delivery => ({
  messageId,
  receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
});

async function carryOut(fate: Fate, delivery: Delivery, deps: BatchDependencies): Promise<void> {
  const { messageId } = delivery;
  deps.log.info(fate.kind === 'keep' ? 'message kept' : 'message done', { messageId, ...told(fate) });
  if (fate.kind === 'delete' || (await sentAnew(fate, delivery, deps))) return;
  // Reported as failed only, it would stay hidden for the queue's whole visibility timeout.
  if (fate.visibleAt !== undefined) await hideUntil(delivery, fate.visibleAt, deps);
  throw new MessageKeptError(fate.why);
}

const told = (fate: Fate) => ({
  why: fate.why,
  ...(fate.kind === 'keep' ? { visibleAt: fate.visibleAt, jobId: fate.message?.id } : {}),
});

/** Neither the queue's retention nor its count of deliveries may end a job that is well. */
async function sentAnew(
  { message, visibleAt }: Fate & { kind: 'keep' },
  delivery: Delivery,
  { queue, clock, log }: BatchDependencies,
): Promise<boolean> {
  const now = clock.now();
  // On an ordered queue it would lose its place: the worker ends such a job instead.
  if (!message || queue.isOrdered || !isWornOut(delivery, now)) return false;
  try {
    await queue.send({ ...message, sentAnew: true }, Math.max(0, ((visibleAt ?? now) - now) / 1000));
    return true;
  } catch (thrown) {
    log.warn('message not sent anew', { error: asError(thrown), jobId: message.id });
    return false;
  }
}
