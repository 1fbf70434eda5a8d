import { createHash } from 'node:crypto';
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type JobMessage, writeMessage } from '../contracts/job-message.ts';
import { QueueUnavailableError } from '../errors.ts';
import { type JobQueue, longestQueueDelaySeconds } from '../ports.ts';

/** SQS lets a message be hidden for 12 hours from its receipt; the 15 minutes a function may run are left off. */
const longestHideSeconds = 12 * 3600 - 900;

/** A string attribute of a message may be as long as the message; a reason need not be. */
const longestReason = 1000;

interface QueueUrls {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl?: string;
}

/** The queue behind the `JobQueue` port, standard or FIFO. `bury` needs the dead-letter queue's URL. */
export function sqsJobQueue(client: SQSClient, { queueUrl, deadLetterQueueUrl }: QueueUrls): JobQueue {
  const isOrdered = isFifo(queueUrl);
  return {
    isOrdered,

    send: (message, delaySeconds = 0) => {
      const MessageBody = acceptable(writeMessage(message));
      const more = isOrdered ? fifoIds(message) : delayed(delaySeconds);
      return called(
        'sent',
        client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody, ...more })),
      );
    },

    hide: ({ receiptHandle }, seconds) => {
      const VisibilityTimeout = Math.min(Math.max(0, Math.ceil(seconds)), longestHideSeconds);
      const input = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout };
      return called('hidden', client.send(new ChangeMessageVisibilityCommand(input)));
    },

    bury: async (delivery, reason) => {
      if (deadLetterQueueUrl === undefined) throw new TypeError('this queue was given no dead-letter queue');
      const input = {
        QueueUrl: deadLetterQueueUrl,
        MessageBody: delivery.body,
        // The dead letters of a FIFO queue end up in a standard one, which takes no such ids.
        ...(isFifo(deadLetterQueueUrl) ? ownGroup(delivery.messageId) : {}),
        MessageAttributes: { reason: { DataType: 'String', StringValue: printable(reason) } },
      };
      await called('sent to the dead-letter queue', client.send(new SendMessageCommand(input)));
    },
  };
}

async function called(what: string, sending: Promise<unknown>): Promise<void> {
  try {
    await sending;
  } catch (cause) {
    throw new QueueUnavailableError(`the message could not be ${what}`, { cause });
  }
}

/** A FIFO queue knows no delay of a single message. */
const delayed = (seconds: number) =>
  seconds > 0 ? { DelaySeconds: Math.min(Math.ceil(seconds), longestQueueDelaySeconds) } : {};

/** A queue's kind is in its name: SQS insists on it. */
const isFifo = (queueUrl: string): boolean => queueUrl.endsWith('.fifo');

/** Hashed, as SQS limits the length and the characters of these ids; a tenant or a group may be any text. */
const hash = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/**
 * The deduplication id is that of a run of a request: by the job's id alone SQS would swallow the user's retry, or the
 * right one of two racing bodies, if it comes within five minutes.
 */
export const deduplicationId = ({ id, fingerprint, run }: JobMessage): string => hash(id, fingerprint, run);

const fifoIds = (message: JobMessage) => ({
  MessageGroupId: hash(message.tenant, message.options.group ?? message.id),
  MessageDeduplicationId: deduplicationId(message),
});

const ownGroup = (messageId: string) => ({ MessageGroupId: messageId, MessageDeduplicationId: messageId });

/**
 * SQS refuses U+FFFE and U+FFFF, which JSON leaves as they are, and emulators refuse all beyond them: both are
 * escaped. What else SQS refuses, JSON escapes itself. A text grows to three times its bytes at the most.
 */
const acceptable = (json: string): string =>
  json.replace(/[\uFFFE\uFFFF\u{10000}-\u{10FFFF}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16)}`)
      .join(''),
  );

/** SQS takes no control characters but tab and line ends, and no empty attribute. */
const printable = (reason: string): string =>
  reason.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '?').slice(0, longestReason) || 'no reason given';
