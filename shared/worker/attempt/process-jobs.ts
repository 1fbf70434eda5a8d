import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { processDeliveries } from '../../delivery/process-deliveries.ts';
import type { WorkerDependencies } from '../gates/before-claim.ts';
import { invocationOf } from '../hold/invocation.ts';
import { processDelivery } from './process-delivery.ts';

/**
 * Processes the jobs of one invocation.
 * @returns the messages that stay in the queue
 */
export async function processJobs(
  event: SQSEvent,
  context: Context,
  deps: WorkerDependencies,
): Promise<SQSBatchResponse> {
  const invocation = invocationOf(context, event.Records, deps.clock);
  return processDeliveries(event, (delivery) => processDelivery(delivery, invocation, deps), deps);
}
