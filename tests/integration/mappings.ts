import { EventSourceMapping } from '../../local/lambda/event-source-mapping.ts';
import { region } from '../../local/local-aws.ts';
import { QueueCalls } from '../../local/queues/queue-calls.ts';
import { queuesWith } from '../../shared/domain/base/queue-figures.ts';
import type { LocalAws } from '../local-aws.ts';
import { lambdaContext } from './events.ts';
import type { Deployment, Functions, Source } from './functions.ts';

interface Settings {
  readonly name: Source;
  /** The function that processes the queue. */
  readonly by: string;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly timeoutSeconds: () => number;
}

const settings = (longSeconds: () => number): readonly Settings[] => [
  { name: 'standard', by: 'worker', batchSize: 10, concurrency: 4, timeoutSeconds: () => 60 },
  { name: 'long', by: 'longWorker', batchSize: 1, concurrency: 10, timeoutSeconds: longSeconds },
  { name: 'bulk', by: 'bulk', batchSize: 1, concurrency: 4, timeoutSeconds: longSeconds },
  { name: 'ordered.fifo', by: 'longWorker', batchSize: 1, concurrency: 4, timeoutSeconds: longSeconds },
  { name: 'ordered-2.fifo', by: 'longWorker', batchSize: 1, concurrency: 4, timeoutSeconds: longSeconds },
  { name: 'waiting', by: 'admission', batchSize: 10, concurrency: 4, timeoutSeconds: () => 60 },
  { name: 'dead-letter', by: 'deadLetter', batchSize: 10, concurrency: 2, timeoutSeconds: () => 30 },
  { name: 'dead-letter.fifo', by: 'deadLetter', batchSize: 1, concurrency: 2, timeoutSeconds: () => 30 },
  { name: 'notify', by: 'notify', batchSize: 10, concurrency: 2, timeoutSeconds: () => 60 },
  { name: 'notify-slow', by: 'notify', batchSize: 10, concurrency: 2, timeoutSeconds: () => 60 },
];

interface Mapped extends Pick<LocalAws, 'sqsEndpoint' | 'queueUrl'>, Pick<Deployment, 'accessKeys'> {
  /** How many ordered queues the stage has. */
  readonly orderedQueues: number;
}

/** The event source mappings of serverless.yml, by queue. They are not started. */
export const eventSourceMappings = (
  { sqsEndpoint, queueUrl, accessKeys, orderedQueues }: Mapped,
  { bySource }: Functions,
  longSeconds: () => number,
): ReadonlyMap<Source, EventSourceMapping> => {
  const ofStage: readonly string[] = queuesWith(orderedQueues);
  const mapped = settings(longSeconds).filter(({ name }) => ofStage.includes(name));
  return new Map(
    mapped.map(({ name, by, batchSize, concurrency, timeoutSeconds }) => [
      name,
      new EventSourceMapping({
        sqs: new QueueCalls(sqsEndpoint, accessKeys[by]),
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
