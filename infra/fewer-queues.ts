import { GetQueueUrlCommand, QueueDoesNotExist, type SQSClient } from '@aws-sdk/client-sqs';
import { maxOrderedQueues } from '../shared/domain/base/queue-figures.ts';

interface StageToDeploy {
  /** The name of the stack. */
  readonly stack: string;
  readonly orderedQueues: number;
}

/** What is wrong with the number of ordered queues, or why that is not known. */
interface Asked {
  readonly problem?: string;
  readonly warning?: string;
}

/** Asks SQS whether the stage has more ordered queues than it is to have: their messages, and the tenants that have them, would be lost. */
export async function findFewerQueues(
  sqs: SQSClient,
  { stack, orderedQueues }: StageToDeploy,
): Promise<Asked> {
  if (orderedQueues >= maxOrderedQueues) return {};
  const QueueName = `${stack}-ordered-${orderedQueues + 1}.fifo`;
  try {
    await sqs.send(new GetQueueUrlCommand({ QueueName }));
  } catch (error) {
    if (error instanceof QueueDoesNotExist) return {};
    const reason = error instanceof Error ? error.message : String(error);
    return {
      warning: `orderedQueues may only grow. Whether there are more than ${orderedQueues} is not known: ${reason}`,
    };
  }
  return {
    problem: `orderedQueues is ${orderedQueues}, and there is a queue ${QueueName}. The number may only grow: tenants have that queue. Set orderedQueues to at least ${orderedQueues + 1}. If it is left of a stage that was removed, and nobody needs its messages, delete the queue.`,
  };
}
