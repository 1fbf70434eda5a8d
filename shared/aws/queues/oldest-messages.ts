import { asError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import type { ReadMetricData } from '../observe/metric-data.ts';

interface Dependencies {
  /** URLs by name. */
  readonly queues: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** CloudWatch charges each metric that is read, and has a new figure once a minute. */
const maxAgeMs = 60_000;
const periodSeconds = 60;
const lookedBackSeconds = 10 * 60;

/**
 * The age of the oldest message of each queue, in seconds, as CloudWatch has it: a queue without messages has none.
 * Read once a minute at most. If CloudWatch cannot be read, there are none: the page has other figures.
 * @param readMetrics undefined where there is no CloudWatch
 */
export function oldestMessages(
  readMetrics: ReadMetricData | undefined,
  { queues, clock, log }: Dependencies,
): { read(): Promise<ReadonlyMap<string, number>> } {
  let known: ReadonlyMap<string, number> = new Map();
  let readAt = -Infinity;
  const refresh = async (read: ReadMetricData, now: number): Promise<void> => {
    const names = Object.keys(queues);
    const EndTime = now / 1000;
    const results = await read({
      StartTime: EndTime - lookedBackSeconds,
      EndTime,
      MetricDataQueries: Object.values(queues).map((url, index) => ({
        Id: `queue${index}`,
        MetricStat: { Metric: metricOf(url), Period: periodSeconds, Stat: 'Maximum' },
      })),
    });
    const latest = new Map(results.map(({ Id, Values: [value] }) => [Id, value]));
    known = new Map(
      names.flatMap((name, index) => {
        const value = latest.get(`queue${index}`);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  };

  return {
    async read() {
      const now = clock.now();
      if (readMetrics === undefined || now - readAt < maxAgeMs) return known;
      readAt = now;
      try {
        await refresh(readMetrics, now);
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
  Dimensions: [{ Name: 'QueueName', Value: queueUrl.split('/').at(-1) ?? '' }],
});
