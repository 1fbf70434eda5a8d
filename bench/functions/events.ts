import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { toSqsEvent } from '../../local/lambda/sqs-event.ts';
import { routed } from '../../tests/api-gateway.ts';
import type { SentMessage } from './aws.ts';
import { authorization } from './contenders.ts';

const headers = { authorization };

export const submitEvent = (n: number): unknown =>
  routed({
    method: 'POST',
    path: '/jobs',
    headers,
    body: JSON.stringify({ type: 'nothing', payload: { n, text: 'a line of text '.repeat(12) } }),
  }).event;

export const statusEvent = (id: string): unknown =>
  routed({ method: 'GET', path: `/jobs/${id}`, headers }).event;

/** The event of a batch, as Lambda has it. */
export function workerEvent(messages: readonly SentMessage[]): SQSEvent {
  const now = String(Date.now());
  const received = messages.map(({ MessageGroupId, ...message }) => ({
    ...message,
    ReceiptHandle: `a receipt handle of a standard queue ${message.MessageId}`,
    Attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: now,
      ApproximateFirstReceiveTimestamp: now,
      SenderId: 'AROAEXAMPLE:bench',
      ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
    },
  }));
  return toSqsEvent(received, 'arn:aws:sqs:eu-central-1:000000000000:StandardQueue');
}

const accepted = z.object({ statusCode: z.literal(202), body: z.string() });
const found = z.object({ statusCode: z.literal(200), body: z.string() });
const job = z.looseObject({ id: z.string(), status: z.string() });
const processed = z.object({ batchItemFailures: z.tuple([]) });

/** @returns the id of the job @throws if the answer is no 202 */
export const submittedId = (answer: unknown): string => job.parse(JSON.parse(accepted.parse(answer).body)).id;
/** @throws if the answer is no 200 */
export const statusIn = (answer: unknown): string => job.parse(JSON.parse(found.parse(answer).body)).status;
/** @throws if a message of the batch has failed */
export const expectProcessed = (answer: unknown): void => void processed.parse(answer);
