import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { sha256 } from '../../domain/base/sha256.ts';
import { endpointIdOf } from '../../domain/notify/endpoint.ts';
import type { EndpointTryQueue } from '../../domain/notify/endpoint-ports.ts';
import type { NotificationDeadLetters, NotificationQueue } from '../../domain/notify/ports.ts';
import type { notifyEnds, sendToNotifyDeadLetters, sendToSlowQueue } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { acceptable, called, delayed, quarantined } from './job-queue.ts';

/**
 * The queue of notifications behind its port. It is a standard queue: the message group is for fairness alone, so that
 * a tenant with many messages does not delay those of others (SQS fair queues).
 */
export const sqsNotificationQueue = (
  client: SQSClient,
  { NOTIFY_QUEUE_URL }: Granted<typeof notifyEnds>,
): NotificationQueue => fairQueue(client, NOTIFY_QUEUE_URL);

/** The queue beside it, of notifications to endpoints that may answer slowly. */
export const sqsSlowNotificationQueue = (
  client: SQSClient,
  { NOTIFY_SLOW_QUEUE_URL }: Granted<typeof sendToSlowQueue>,
): NotificationQueue => fairQueue(client, NOTIFY_SLOW_QUEUE_URL);

const fairQueue = (client: SQSClient, QueueUrl: string): NotificationQueue => ({
  send: (message, delaySeconds = 0) => {
    const input = {
      QueueUrl,
      MessageBody: acceptable(JSON.stringify(message)),
      MessageGroupId: sha256(message.tenant),
      ...delayed(delaySeconds),
    };
    return called('sent', client.send(new SendMessageCommand(input)));
  },
});

/** The queue of the notifications that were given up, each with the reason. */
export const sqsNotificationDeadLetters = (
  client: SQSClient,
  { NOTIFY_DEAD_LETTER_QUEUE_URL: QueueUrl }: Granted<typeof sendToNotifyDeadLetters>,
): NotificationDeadLetters => ({
  send: (message, reason) => {
    const input = { QueueUrl, ...quarantined(acceptable(JSON.stringify(message)), reason) };
    return called('sent to the dead letters', client.send(new SendMessageCommand(input)));
  },
});

/**
 * The queue of slow receivers for the messages that try endpoints: a try may wait for answers as long. Each endpoint is
 * a group of its own: no backlog of its tenant delays it.
 */
export const sqsEndpointTryQueue = (
  client: SQSClient,
  { NOTIFY_SLOW_QUEUE_URL: QueueUrl }: Granted<typeof sendToSlowQueue>,
): EndpointTryQueue => ({
  send: (message, delaySeconds) => {
    const input = {
      QueueUrl,
      MessageBody: JSON.stringify(message),
      MessageGroupId: endpointIdOf(message.tryEndpoint),
      ...delayed(delaySeconds),
    };
    return called('sent', client.send(new SendMessageCommand(input)));
  },
});
