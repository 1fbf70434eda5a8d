import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { localStage } from '../../domain/access/auth-mode.ts';
import { QueueUnavailableError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import {
  moreOrderedQueues,
  type QueueFigures,
  queuesWith,
  type StageQueue,
} from '../../domain/base/queue-figures.ts';
import { signedMetricData } from '../observe/metric-data.ts';
import type { queueFigures as capability, watchedStage } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { orderedQueueUrls } from './job-queue.ts';
import { oldestMessages } from './oldest-messages.ts';

type Queues = Omit<Granted<typeof capability>, symbol>;

interface Dependencies {
  readonly sqs: SQSClient;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface QueueReader {
  /** The figures of every queue, in the order of `queuesWith`. @throws QueueUnavailableError */
  read(): Promise<readonly QueueFigures[]>;
}

/** The queues of the stage, with the age of their oldest messages where there is CloudWatch. */
export function queueFigures(config: Queues, { sqs, clock, log }: Dependencies): QueueReader {
  const urls = urlsIn(config);
  const readMetrics = config.STAGE === localStage ? undefined : signedMetricData(config);
  const ages = oldestMessages(readMetrics, { queues: Object.fromEntries(urls), clock, log });
  return {
    async read() {
      const [counted, oldest] = await Promise.all([countAll(urls, sqs), ages.read()]);
      return counted.map((queue) => ({ ...queue, oldestSeconds: oldest.get(queue.name) }));
    },
  };
}

/** The same without ages, which have a price. */
export const queueCounts = (config: Granted<typeof watchedStage>, sqs: SQSClient) => ({
  count: (): Promise<readonly QueueFigures[]> => countAll(urlsIn(config), sqs),
});

const countAll = (urls: ReadonlyMap<StageQueue, string>, sqs: SQSClient): Promise<readonly QueueFigures[]> =>
  Promise.all([...urls].map(([name, url]) => countMessages(name, url, sqs)));

/** In the order of `queuesWith`. */
function urlsIn(config: Queues): ReadonlyMap<StageQueue, string> {
  const [first = '', ...others] = orderedQueueUrls(config);
  const more = Object.fromEntries(moreOrderedQueues.map((name, index) => [name, others[index]]));
  const urls: Readonly<Partial<Record<StageQueue, string>>> = {
    standard: config.STANDARD_QUEUE_URL,
    long: config.LONG_QUEUE_URL,
    server: config.SERVER_QUEUE_URL,
    bulk: config.BULK_QUEUE_URL,
    'ordered.fifo': first,
    ...more,
    waiting: config.WAITING_QUEUE_URL,
    'dead-letter': config.DEAD_LETTER_QUEUE_URL,
    'dead-letter.fifo': config.ORDERED_DEAD_LETTER_QUEUE_URL,
    quarantine: config.QUARANTINE_QUEUE_URL,
    notify: config.NOTIFY_QUEUE_URL,
    'notify-slow': config.NOTIFY_SLOW_QUEUE_URL,
    'notify-dead-letter': config.NOTIFY_DEAD_LETTER_QUEUE_URL,
  };
  return new Map(queuesWith(config.ORDERED_QUEUES).map((name) => [name, urls[name] ?? '']));
}

async function countMessages(name: StageQueue, QueueUrl: string, sqs: SQSClient): Promise<QueueFigures> {
  const { Attributes = {} } = await sqs
    .send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
    .catch((cause: unknown) => {
      throw new QueueUnavailableError(`the figures of the queue ${name} could not be read`, { cause });
    });
  return {
    name,
    visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
  };
}
