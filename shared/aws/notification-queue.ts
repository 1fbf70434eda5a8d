import { hash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { QueueUnavailableError } from '../job/errors.ts';
import { maxQueueDelaySeconds, type NotificationDeadLetters, type NotificationQueue } from '../job/ports.ts';
import { acceptable, quarantined } from './job-queue.ts';

/**
 * The queue of notifications behind its port. It is a standard queue: the message group is for fairness alone, so that
 * a tenant with many messages does not delay those of others (SQS fair queues).
 */
export const sqsNotificationQueue = (client: SQSClient, queueUrl: string): NotificationQueue => ({
  async send(message, delaySeconds = 0) {
    const input = {
      QueueUrl: queueUrl,
      MessageBody: acceptable(JSON.stringify(message)),
      MessageGroupId: hash('sha256', message.tenant, 'base64url'),
      ...(delaySeconds > 0 ? { DelaySeconds: Math.min(Math.ceil(delaySeconds), maxQueueDelaySeconds) } : {}),
    };
    try {
      await client.send(new SendMessageCommand(input));
    } catch (cause) {
      throw new QueueUnavailableError('the notification could not be sent', { cause });
    }
  },
});

/** The queue of the notifications that were given up, each with the reason. */
export const sqsNotificationDeadLetters = (client: SQSClient, queueUrl: string): NotificationDeadLetters => ({
  async send(message, reason) {
    const input = { QueueUrl: queueUrl, ...quarantined(acceptable(JSON.stringify(message)), reason) };
    try {
      await client.send(new SendMessageCommand(input));
    } catch (cause) {
      throw new QueueUnavailableError('the notification could not be sent to the dead letters', { cause });
    }
  },
});
