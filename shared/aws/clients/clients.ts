import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock, Log, Random } from '../../domain/base/ports.ts';

/** A call that is not answered soon is made again, three times in all. The writes are built to bear that. */
export const clientSettings = {
  maxAttempts: 3,
  // Without `throwOnRequestTimeout` the SDK would only warn, and wait on.
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 3000,
    throwOnRequestTimeout: true,
    // With the default of 50, calls for ten jobs of a batch with 50 dependencies each would queue until they time out.
    httpsAgent: { maxSockets: 500 },
  },
};

/** Clients for the account and region of the environment, or for emulators (`AWS_ENDPOINT_URL_*`). */
export const sqsClient = (): SQSClient => new SQSClient(clientSettings);
/** The same, for receives that wait for messages. @param seconds how long SQS waits at most */
export const longPollingSqsClient = (seconds: number): SQSClient =>
  new SQSClient({
    ...clientSettings,
    // A receiver receives again. A call that is repeated holds up a stop, and takes other messages.
    maxAttempts: 1,
    requestHandler: {
      ...clientSettings.requestHandler,
      requestTimeout: seconds * 1000 + clientSettings.requestHandler.requestTimeout,
    },
  });
export const dynamoDbClient = (): DynamoDBClient => new DynamoDBClient(clientSettings);

/** Node.js takes a longer timer for one of a millisecond. */
const maxTimerMs = 2 ** 31 - 1;

/** Two sleeps of each job are aborted. Unlike `node:timers/promises`, this makes no error of that. */
const timer = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timeout);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timeout = setTimeout(wake, milliseconds);
    signal?.addEventListener('abort', wake);
  });

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    let left = milliseconds;
    do {
      await timer(Math.min(Math.max(left, 0), maxTimerMs), signal);
      left -= maxTimerMs;
    } while (left > 0 && !signal?.aborted);
  },
};

export const systemRandom: Random = { uuid: () => randomUUID(), fraction: () => Math.random() };

/** What ports are made of, beside the variables of their capabilities. */
export interface Given {
  readonly dynamoDb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Those of this process. */
export const systemGiven = (log: Log): Given => ({
  dynamoDb: dynamoDbClient(),
  sqs: sqsClient(),
  clock: systemClock,
  random: systemRandom,
  log,
});
