import { hash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { NotificationDeadLetters, NotificationQueue } from '../domain/notify/ports.ts';
import { acceptable, called, delayed, quarantined } from './job-queue.ts';

/**
 * The queue of notifications behind its port. It is a standard queue: the message group is for fairness alone, so that
 * a tenant with many messages does not delay those of others (SQS fair queues).
 */
export const sqsNotificationQueue = (client: SQSClient, queueUrl: string): NotificationQueue => ({
  send: (message, delaySeconds = 0) => {
    const input = {
      QueueUrl: queueUrl,
      MessageBody: acceptable(JSON.stringify(message)),
      MessageGroupId: hash('sha256', message.tenant, 'base64url'),
      ...delayed(delaySeconds),
    };
    return called('sent', client.send(new SendMessageCommand(input)));
  },
});

/** The queue of the notifications that were given up, each with the reason. */
export const sqsNotificationDeadLetters = (client: SQSClient, queueUrl: string): NotificationDeadLetters => ({
  send: (message, reason) => {
    const input = { QueueUrl: queueUrl, ...quarantined(acceptable(JSON.stringify(message)), reason) };
    return called('sent to the dead letters', client.send(new SendMessageCommand(input)));
  },
});
