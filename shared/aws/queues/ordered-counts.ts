import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { QueueUnavailableError } from '../../domain/base/errors.ts';
import type { countOrdered } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { orderedQueueUrls } from './job-queue.ts';

/** About how many messages an ordered queue has, those in flight, too, by its number. @throws QueueUnavailableError */
export const orderedCounts =
  (sqs: SQSClient, env: Granted<typeof countOrdered>) =>
  async (queue: number): Promise<number> => {
    const command = new GetQueueAttributesCommand({
      QueueUrl: orderedQueueUrls(env)[queue - 1],
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    });
    const { Attributes = {} } = await sqs.send(command).catch((cause: unknown) => {
      throw new QueueUnavailableError(`the messages of the ordered queue ${queue} could not be counted`, {
        cause,
      });
    });
    return (
      Number(Attributes.ApproximateNumberOfMessages ?? 0) +
      Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0)
    );
  };
