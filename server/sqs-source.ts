import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { asError } from '../shared/domain/base/errors.ts';
import type { Clock, Log } from '../shared/domain/base/ports.ts';
import type { Delivery } from '../shared/domain/state/ports.ts';
import type { MessageSource } from './serve-queue.ts';
import { deleteTogether } from './sqs-deletes.ts';

interface SourceSettings {
  readonly sqs: SQSClient;
  /** It waits for the answer of a receive for longer than `maxWaitSeconds`. */
  readonly receivingSqs: SQSClient;
  readonly queueUrl: string;
  /** Of the first receive. SQS gives ten at most. */
  readonly maxJobs: number;
  /** A message that the server is not able to process, because it ends, is visible again when a lease would end. */
  readonly visibilitySeconds: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** A queue as a server receives from it. */
export interface SqsSource extends MessageSource {
  /** Whether it receives, and the last receive did not fail. */
  readonly isReceiving: boolean;
}

/**
 * How long an empty queue is asked. A stop waits for the receive that is under way: if it was aborted, its messages
 * would reach nobody, and stay invisible.
 */
export const maxWaitSeconds = 5;
const maxPerReceive = 10;
const pauseAfterErrorMs = 5_000;

/**
 * Receives by sqs-consumer. Its own deletion, heartbeat and visibility are off: the worker decides what becomes of a
 * message, and keeps it invisible.
 */
export function sqsSource({ sqs, queueUrl, clock, log, ...settings }: SourceSettings): SqsSource {
  const stopping = new AbortController();
  let hasFailed = false;
  let consumer: Consumer | undefined;
  return {
    get isReceiving() {
      return consumer !== undefined && !hasFailed;
    },

    start(take, untilWell = async () => {}) {
      const receiving = Consumer.create({
        sqs: settings.receivingSqs,
        queueUrl,
        batchSize: Math.min(settings.maxJobs, maxPerReceive),
        waitTimeSeconds: maxWaitSeconds,
        visibilityTimeout: settings.visibilitySeconds,
        messageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
        shouldDeleteMessages: false,
        suppressFifoWarning: true,
        pollingCompleteWaitTimeMs: 2 * maxWaitSeconds * 1000,
        // It receives again at once after most errors; and after a stop, if that came meanwhile.
        preReceiveMessageCallback: async () => {
          if (hasFailed) await clock.sleep(pauseAfterErrorMs, stopping.signal);
          await untilWell(stopping.signal);
          stopping.signal.throwIfAborted();
        },
        postReceiveMessageCallback: async () => {
          hasFailed = false;
        },
        handleMessageBatch: async (messages) => {
          const room = await take(messages.map(toDelivery));
          receiving.updateOption('batchSize', Math.min(room, maxPerReceive));
          return [];
        },
      });
      receiving.on('error', (error) => {
        if (stopping.signal.aborted) return;
        hasFailed = true;
        log.warn('messages not received', { error: asError(error), queueUrl });
      });
      consumer = receiving;
      receiving.start();
    },

    async stop() {
      stopping.abort();
      const receiving = consumer;
      consumer = undefined;
      if (!receiving) return;
      await new Promise<void>((resolve) => {
        receiving.once('stopped', () => resolve());
        receiving.stop();
      });
    },

    delete: deleteTogether({ sqs, queueUrl, clock }),
  };
}

const toDelivery = ({ MessageId, ReceiptHandle, Body, Attributes }: Message): Delivery => ({
  messageId: MessageId ?? '',
  receiptHandle: ReceiptHandle ?? '',
  body: Body ?? '',
  receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
  sentAt: Number(Attributes?.SentTimestamp ?? 0),
});
