import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { QueueUnavailableError } from '../../domain/base/errors.ts';
import { maxQueueDelaySeconds } from '../../domain/base/schedule-time.ts';
import { sha256 } from '../../domain/base/sha256.ts';
import { type JobMessage, writeMessage } from '../../domain/state/job/message.ts';
import type { JobQueue, QueueName } from '../../domain/state/ports.ts';
import { type GroupQueue, groupQueue, type ShownGroupQueue } from '../../domain/state/tenant-queues.ts';
import type { jobQueues, quarantine, sendToOrdered, showOrdered } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';

/** A message can be invisible for 12 hours from its receive. The 15 minutes that a function may run are left off. */
export const maxVisibilitySeconds = 12 * 3600 - 900;

/** A string attribute of a message may be as long as the message. A reason need not be. */
const maxReasonLength = 1000;

interface QueueUrls {
  readonly queueUrl: string;
  readonly quarantineUrl?: string;
}

/** An SQS queue, standard or FIFO, behind the `JobQueue` port. `quarantine` needs the quarantine queue's URL. */
export function sqsJobQueue(client: SQSClient, { queueUrl, quarantineUrl }: QueueUrls): JobQueue {
  // A queue's kind is in its name: SQS insists on it.
  const isOrdered = queueUrl.endsWith('.fifo');
  return {
    isOrdered,

    send: (message, delaySeconds = 0) => {
      const MessageBody = acceptable(writeMessage(message));
      const ids = isOrdered ? fifoIds(message) : { ...delayed(delaySeconds), ...fairGroup(message) };
      return called('sent', client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody, ...ids })));
    },

    changeVisibility: ({ receiptHandle }, seconds) => {
      const VisibilityTimeout = Math.min(Math.max(0, Math.ceil(seconds)), maxVisibilitySeconds);
      const input = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout };
      return called('made visible at another time', client.send(new ChangeMessageVisibilityCommand(input)));
    },

    quarantine: async ({ body }, reason) => {
      if (quarantineUrl === undefined) throw new TypeError('no quarantine queue');
      const input = { QueueUrl: quarantineUrl, ...quarantined(body, reason) };
      await called('quarantined', client.send(new SendMessageCommand(input)));
    },
  };
}

/** The queue that a function receives from: what it cannot read, it puts into quarantine. */
export const sqsReceivedQueue = (
  client: SQSClient,
  queueUrl: string,
  { QUARANTINE_QUEUE_URL: quarantineUrl }: Granted<typeof quarantine>,
): JobQueue => sqsJobQueue(client, { queueUrl, quarantineUrl });

/** The URLs of the ordered queues, in the order of their numbers: `ordered.fifo`, `ordered-2.fifo` and so on. */
export const orderedQueueUrls = (ordered: {
  readonly ORDERED_QUEUE_URL: string;
  readonly ORDERED_QUEUES: number;
}): readonly string[] =>
  [...Array(ordered.ORDERED_QUEUES).keys()].map((index) =>
    ordered.ORDERED_QUEUE_URL.replace(/\.fifo$/, index === 0 ? '.fifo' : `-${index + 1}.fifo`),
  );

type SendsToOrdered = Granted<typeof sendToOrdered> | Granted<typeof jobQueues>;

const queueAt =
  (client: SQSClient) =>
  (queueUrl: string): JobQueue =>
    sqsJobQueue(client, { queueUrl });

/** The ordered queues as one. Who may also change the visibility of a message there gets a queue that does. */
export function sqsGroupQueue(
  client: SQSClient,
  urls: SendsToOrdered & Granted<typeof showOrdered>,
): ShownGroupQueue;
export function sqsGroupQueue(client: SQSClient, urls: SendsToOrdered): GroupQueue;
export function sqsGroupQueue(client: SQSClient, urls: SendsToOrdered): ShownGroupQueue {
  return groupQueue(orderedQueueUrls(urls).map(queueAt(client)));
}

type Sends = Pick<JobQueue, 'send'>;

/** A bulk action acts with the rights of a person: only who acts for one sends it. */
export const noBulkActions: Sends = {
  send: () => Promise.reject(new TypeError('bulk actions are not sent from here')),
};

/** All queues that messages of submitted jobs are sent to. */
export function sqsJobQueues(
  client: SQSClient,
  urls: Granted<typeof jobQueues>,
): Readonly<Record<Exclude<QueueName, 'bulk'>, Sends>> {
  const at = queueAt(client);
  return {
    standard: at(urls.STANDARD_QUEUE_URL),
    long: at(urls.LONG_QUEUE_URL),
    server: at(urls.SERVER_QUEUE_URL),
    ordered: sqsGroupQueue(client, urls),
    waiting: at(urls.WAITING_QUEUE_URL),
  };
}

/**
 * Which of a function's queues an event comes from. A function may have two event sources, but each event has one.
 * @throws TypeError if it is none of them: then the function is deployed wrongly
 */
export function sourceOf({ Records: [first] }: SQSEvent, queueUrls: readonly string[]): string {
  const name = first?.eventSourceARN.split(':').at(-1);
  const source = queueUrls.find((url) => url.split('/').at(-1) === name);
  if (source === undefined) throw new TypeError(`no queue of this function is called ${name}`);
  return source;
}

/** @param what was to be done with the message @throws QueueUnavailableError if it was not */
export async function called(what: string, sending: Promise<unknown>): Promise<void> {
  try {
    await sending;
  } catch (cause) {
    throw new QueueUnavailableError(`the message could not be ${what}`, { cause });
  }
}

/** A FIFO queue knows no delay of a single message. */
export const delayed = (seconds: number) =>
  seconds > 0 ? { DelaySeconds: Math.min(Math.ceil(seconds), maxQueueDelaySeconds) } : {};

/** SQS limits the length and the characters of these ids. A tenant or a group may be any text, so it is hashed. */
const hashOf = (...parts: readonly unknown[]): string => sha256(JSON.stringify(parts));

/**
 * The deduplication id stands for one run of one request. With the job's id alone, SQS would swallow the user's retry,
 * or the right one of two racing bodies, if it comes within five minutes.
 */
export const deduplicationId = ({ id, fingerprint, run }: JobMessage): string => hashOf(id, fingerprint, run);

/**
 * What a message is sent to a standard queue with: its group is for fairness alone. One with many messages does not
 * delay those of others, be it a tenant, or a customer whom `fairBy` names.
 */
export const fairGroup = ({ tenant, fairKey }: Pick<JobMessage, 'tenant' | 'fairKey'>) => ({
  MessageGroupId: hashOf(tenant, ...(fairKey === undefined ? [] : [fairKey])),
});

/** What a message is sent to a FIFO queue with. */
export const fifoIds = (message: JobMessage) => ({
  MessageGroupId: hashOf(message.tenant, message.options.group ?? message.id),
  MessageDeduplicationId: deduplicationId(message),
});

/**
 * SQS refuses U+FFFE and U+FFFF, which JSON leaves as they are, and emulators refuse all beyond them: both are
 * escaped. What else SQS refuses, JSON escapes itself. A text grows to at most three times its bytes.
 */
export const acceptable = (json: string): string =>
  json.replace(/[\uFFFE\uFFFF\u{10000}-\u{10FFFF}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16)}`)
      .join(''),
  );

/** SQS allows 1 MiB for body and attributes together. The attributes below need less than 5,000 bytes. */
const maxQuarantinedBytes = 1024 * 1024 - 5_000;

const attribute = (text: string) => ({ DataType: 'String', StringValue: text });

/**
 * A message with the reason why it is in quarantine. A body that does not fit beside the reason is cut, and says so.
 */
export function quarantined(body: string, reason: string) {
  const bytes = Buffer.from(body);
  const attributes = { reason: attribute(printable(reason)) };
  if (bytes.byteLength <= maxQuarantinedBytes) return { MessageBody: body, MessageAttributes: attributes };
  return {
    // A character that is cut in half is left out.
    MessageBody: bytes
      .subarray(0, maxQuarantinedBytes)
      .toString()
      .replace(/\uFFFD$/, ''),
    MessageAttributes: {
      ...attributes,
      originalBytes: attribute(String(bytes.byteLength)),
      originalSha256: attribute(sha256(bytes, 'hex')),
    },
  };
}

/** SQS takes no control characters but tab and line ends, and no empty attribute. */
const printable = (reason: string): string =>
  reason.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '?').slice(0, maxReasonLength) || 'no reason given';
