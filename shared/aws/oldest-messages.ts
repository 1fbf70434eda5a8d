import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { asError } from '../domain/base/errors.ts';
import type { Clock, Log } from '../domain/base/ports.ts';

interface Dependencies {
  /** URLs by name. */
  readonly queues: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** CloudWatch charges each metric that is read, and has a new figure once a minute. */
const maxAgeMs = 60_000;
const periodSeconds = 60;
const lookedBackMs = 10 * 60_000;

/**
 * The age of the oldest message of each queue, in seconds, as CloudWatch has it: a queue without messages has none. Read
 * once a minute at most. If CloudWatch cannot be read, there are none: the page has other figures.
 * @param client undefined where there is no CloudWatch
 */
export function oldestMessages(
  client: CloudWatchClient | undefined,
  { queues, clock, log }: Dependencies,
): { read(): Promise<ReadonlyMap<string, number>> } {
  let known: ReadonlyMap<string, number> = new Map();
  let readAt = -Infinity;
  const refresh = async (from: CloudWatchClient, now: number): Promise<void> => {
    const { MetricDataResults = [] } = await from.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - lookedBackMs),
        EndTime: new Date(now),
        ScanBy: 'TimestampDescending',
        MetricDataQueries: Object.entries(queues).map(([name, url], index) => ({
          Id: `queue${index}`,
          Label: name,
          MetricStat: { Metric: metricOf(url), Period: periodSeconds, Stat: 'Maximum' },
        })),
      }),
    );
    known = new Map(
      MetricDataResults.flatMap(({ Label, Values: [latest] = [] }) =>
        Label === undefined || latest === undefined ? [] : [[Label, latest] as const],
      ),
    );
  };

  return {
    async read() {
      const now = clock.now();
      if (client === undefined || now - readAt < maxAgeMs) return known;
      readAt = now;
      try {
        await refresh(client, now);
      } catch (thrown) {
        known = new Map();
        log.warn('ages of messages not read', { error: asError(thrown) });
      }
      return known;
    },
  };
}

const metricOf = (queueUrl: string) => ({
  Namespace: 'AWS/SQS',
  MetricName: 'ApproximateAgeOfOldestMessage',
  Dimensions: [{ Name: 'QueueName', Value: queueUrl.split('/').at(-1) }],
});
