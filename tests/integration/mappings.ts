import { EventSourceMapping } from '../../local/lambda/event-source-mapping.ts';
import { region } from '../../local/local-aws.ts';
import { QueueCalls } from '../../local/queues/queue-calls.ts';
import type { LocalAws } from '../local-aws.ts';
import { lambdaContext } from './events.ts';
import type { Functions, Source } from './functions.ts';

interface Settings {
  readonly name: Source;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly timeoutSeconds: () => number;
}

const settings = (longSeconds: () => number): readonly Settings[] => [
  { name: 'standard', batchSize: 10, concurrency: 4, timeoutSeconds: () => 60 },
  { name: 'long', batchSize: 1, concurrency: 10, timeoutSeconds: longSeconds },
  { name: 'bulk', batchSize: 1, concurrency: 4, timeoutSeconds: longSeconds },
  { name: 'ordered.fifo', batchSize: 1, concurrency: 4, timeoutSeconds: longSeconds },
  // Of a system with a second one.
  { name: 'ordered-2.fifo', batchSize: 1, concurrency: 4, timeoutSeconds: longSeconds },
  { name: 'waiting', batchSize: 10, concurrency: 4, timeoutSeconds: () => 60 },
  { name: 'dead-letter', batchSize: 10, concurrency: 2, timeoutSeconds: () => 30 },
  { name: 'dead-letter.fifo', batchSize: 1, concurrency: 2, timeoutSeconds: () => 30 },
  { name: 'notify', batchSize: 10, concurrency: 2, timeoutSeconds: () => 60 },
  { name: 'notify-slow', batchSize: 10, concurrency: 2, timeoutSeconds: () => 60 },
];

/** The event source mappings of serverless.yml, by queue. They are not started. */
export const eventSourceMappings = (
  { sqsEndpoint, queueUrl }: LocalAws,
  { bySource }: Functions,
  longSeconds: () => number,
): ReadonlyMap<Source, EventSourceMapping> => {
  const sqs = new QueueCalls(sqsEndpoint);
  return new Map(
    settings(longSeconds).map(({ name, batchSize, concurrency, timeoutSeconds }) => [
      name,
      new EventSourceMapping({
        sqs,
        queueUrl: queueUrl(name),
        queueArn: `arn:aws:sqs:${region}:000000000000:${name}`,
        batchSize,
        concurrency,
        functionName: name,
        invoke: (event) => bySource[name](event, lambdaContext(timeoutSeconds() * 1000)),
        // A failed message is delivered again. Tests check the outcome.
        onError: () => {},
      }),
    ]),
  );
};
