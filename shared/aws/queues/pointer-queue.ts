import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { PointerQueue } from '../../domain/schedules/schedule-ports.ts';
import type { jobQueues, sendToWaiting } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { called, delayed, fairGroup } from './job-queue.ts';

/** No `fairKey` is this text. */
const rechecks = 'rechecks';

/**
 * The waiting queue, a standard queue, behind the port for pointers: those of a tenant are a group, beside that of its
 * messages.
 */
export const sqsPointerQueue = (
  client: SQSClient,
  { WAITING_QUEUE_URL: QueueUrl }: Granted<typeof sendToWaiting> | Granted<typeof jobQueues>,
): PointerQueue => ({
  send: (pointer, delaySeconds = 0, tenant = undefined) => {
    const group = tenant === undefined ? {} : fairGroup({ tenant, fairKey: rechecks });
    const input = { QueueUrl, MessageBody: JSON.stringify(pointer), ...delayed(delaySeconds), ...group };
    return called('sent', client.send(new SendMessageCommand(input)));
  },
});
