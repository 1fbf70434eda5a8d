import type { SQSClient } from '@aws-sdk/client-sqs';
import type { JobQueue } from '../ports.ts';
import type { QueueName } from '../protocol/route.ts';
import { sqsJobQueue } from './sqs-job-queue.ts';

/** The queues that messages of jobs are sent to. */
export const sqsQueues = (
  client: SQSClient,
  urls: Readonly<Record<`${Uppercase<QueueName>}_QUEUE_URL`, string>>,
): Readonly<Record<QueueName, JobQueue>> => ({
  standard: sqsJobQueue(client, { queueUrl: urls.STANDARD_QUEUE_URL }),
  long: sqsJobQueue(client, { queueUrl: urls.LONG_QUEUE_URL }),
  ordered: sqsJobQueue(client, { queueUrl: urls.ORDERED_QUEUE_URL }),
  waiting: sqsJobQueue(client, { queueUrl: urls.WAITING_QUEUE_URL }),
});
