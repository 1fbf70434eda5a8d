import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { QueueUnavailableError } from '../job/errors.ts';

/** What SQS says of a queue, approximately. */
export interface QueueFigures {
  readonly name: string;
  /** Messages that can be received now. */
  readonly visible: number;
  /** Received and not deleted, or invisible until later. */
  readonly inFlight: number;
  readonly delayed: number;
}

/** @throws QueueUnavailableError */
export async function queueFigures(
  client: SQSClient,
  queues: Readonly<Record<string, string>>,
): Promise<readonly QueueFigures[]> {
  return Promise.all(
    Object.entries(queues).map(async ([name, QueueUrl]) => {
      const AttributeNames = ['All' as const];
      const { Attributes = {} } = await client
        .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))
        .catch((cause: unknown) => {
          throw new QueueUnavailableError(`the figures of the queue ${name} could not be read`, { cause });
        });
      return {
        name,
        visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
        inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
        delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      };
    }),
  );
}
