import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { PointerQueue } from '../domain/schedules/schedule-ports.ts';
import type { jobQueues, sendToWaiting } from './capabilities.ts';
import type { Granted } from './environment.ts';
import { called, delayed } from './job-queue.ts';

/** The waiting queue, a standard queue, behind the port for pointers. */
export const sqsPointerQueue = (
  client: SQSClient,
  { WAITING_QUEUE_URL: QueueUrl }: Granted<typeof sendToWaiting> | Granted<typeof jobQueues>,
): PointerQueue => ({
  send: (pointer, delaySeconds = 0) => {
    const input = { QueueUrl, MessageBody: JSON.stringify(pointer), ...delayed(delaySeconds) };
    return called('sent', client.send(new SendMessageCommand(input)));
  },
});
