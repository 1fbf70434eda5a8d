import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { asError, MessageKeptError } from '../../shared/errors.ts';
import type { Delivery } from '../../shared/ports.ts';
import type { Fate } from './fate.ts';
import { processDelivery, type WorkerDependencies } from './process-delivery.ts';

/**
 * Processes a batch in parallel, each message for itself.
 * @returns the messages that are to stay in the queue; all others are deleted by the event source mapping
 */
export async function processBatch(
  event: SQSEvent,
  context: Context,
  deps: WorkerDependencies,
): Promise<SQSBatchResponse> {
  const invocation = {
    deadline: deps.clock.now() + context.getRemainingTimeInMillis(),
    idempotency: new IdempotencyConfig({ lambdaContext: context }),
  };
  const processRecord = async (record: SQSRecord): Promise<void> => {
    const delivery = toDelivery(record);
    await carryOut(await processDelivery(delivery, invocation, deps), delivery, deps);
  };
  return processPartialResponse(event, processRecord, new BatchProcessor(EventType.SQS), {
    // Powertools would throw if every message is to be kept, and hide which and why behind a function error.
    throwOnFullBatchFailure: false,
  });
}

const toDelivery = ({ messageId, receiptHandle, body, attributes }: SQSRecord): Delivery => ({
  messageId,
  receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
});

/** Reporting a message as failed leaves it hidden for the queue's whole visibility timeout: it is set as well. */
async function carryOut(fate: Fate, delivery: Delivery, deps: WorkerDependencies): Promise<void> {
  const { messageId } = delivery;
  if (fate.kind === 'delete') {
    deps.log.info('message done', { messageId, why: fate.why });
    return;
  }
  deps.log.info('message kept', { messageId, why: fate.why, visibleAt: fate.visibleAt });
  if (fate.visibleAt !== undefined) {
    const seconds = Math.max(0, (fate.visibleAt - deps.clock.now()) / 1000);
    await deps.queue.hide(delivery, seconds).catch((thrown: unknown) => {
      // It comes back all the same, only later.
      deps.log.warn('visibility not set', { error: asError(thrown), messageId });
    });
  }
  throw new MessageKeptError(fate.why);
}
