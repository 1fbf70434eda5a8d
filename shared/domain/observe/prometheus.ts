import * as z from 'zod/mini';
import {
  type Meter,
  type MeteredQueue,
  type Meters,
  type MetricName,
  meteredQueues,
  metrics,
} from './metrics.ts';

/** Seconds, as Prometheus wants them: from a tenth of a second to an hour. */
const bounds = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600];

interface Times {
  count: number;
  sum: number;
  /** How many were at most so long, by bound. */
  readonly upTo: number[];
}

const snake = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toLowerCase();

/**
 * What a process has counted since it began, as text for Prometheus:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export class PrometheusNumbers {
  readonly #counts = new Map<MetricName, Map<string, number>>();
  readonly #times = new Map<MetricName, Map<string, Times>>();

  add(metric: MetricName, queue: string, value: number): void {
    if (metrics[metric].unit === 'Milliseconds') this.#addTime(metric, queue, value / 1000);
    else this.#addCount(metric, queue, value);
  }

  get text(): string {
    const names = Object.keys(metrics) as MetricName[];
    return `${names.flatMap((name) => [...this.#countLines(name), ...this.#timeLines(name)]).join('\n')}\n`;
  }

  #addCount(metric: MetricName, queue: string, value: number): void {
    const counts = valueIn(this.#counts, metric, () => new Map<string, number>());
    counts.set(queue, (counts.get(queue) ?? 0) + value);
  }

  #addTime(metric: MetricName, queue: string, seconds: number): void {
    const byQueue = valueIn(this.#times, metric, () => new Map<string, Times>());
    const times = valueIn(byQueue, queue, () => ({ count: 0, sum: 0, upTo: bounds.map(() => 0) }));
    times.count += 1;
    times.sum += seconds;
    for (const [at, bound] of bounds.entries())
      if (seconds <= bound) times.upTo[at] = (times.upTo[at] ?? 0) + 1;
  }

  #countLines(metric: MetricName): readonly string[] {
    const counts = this.#counts.get(metric);
    if (!counts) return [];
    const name = `job_worker_${snake(metric)}_total`;
    const values = [...counts].map(([queue, value]) => `${name}{queue="${queue}"} ${value}`);
    return [...head(name, metric, 'counter'), ...values];
  }

  #timeLines(metric: MetricName): readonly string[] {
    const byQueue = this.#times.get(metric);
    if (!byQueue) return [];
    const name = `job_worker_${snake(metric)}_seconds`;
    const values = [...byQueue].flatMap(([queue, { count, sum, upTo }]) => [
      ...bounds.map((bound, at) => `${name}_bucket{queue="${queue}",le="${bound}"} ${upTo[at]}`),
      `${name}_bucket{queue="${queue}",le="+Inf"} ${count}`,
      `${name}_sum{queue="${queue}"} ${sum}`,
      `${name}_count{queue="${queue}"} ${count}`,
    ]);
    return [...head(name, metric, 'histogram'), ...values];
  }
}

const head = (name: string, metric: MetricName, type: string): readonly string[] => [
  `# HELP ${name} ${metrics[metric].counts}`,
  `# TYPE ${name} ${type}`,
];

function valueIn<Key, Value>(map: Map<Key, Value>, key: Key, made: () => Value): Value {
  const value = map.get(key) ?? made();
  map.set(key, value);
  return value;
}

/** Meters that count here, and there. */
export const countingToo = (numbers: PrometheusNumbers, meters: Meters): Meters => ({
  on(queue: MeteredQueue): Meter {
    const meter = meters.on(queue);
    return {
      queue,
      count(metric, type) {
        numbers.add(metric, queue, 1);
        meter.count(metric, type);
      },
      time(metric, milliseconds, type) {
        numbers.add(metric, queue, milliseconds);
        meter.time(metric, milliseconds, type);
      },
    };
  },
  flush: () => meters.flush(),
});

const metricName = z.enum(Object.keys(metrics) as [MetricName, ...MetricName[]]);
const document = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.tuple([z.looseObject({ Metrics: z.array(z.looseObject({ Name: metricName })) })]),
  }),
  Queue: z.enum(meteredQueues),
  Type: z.optional(z.string()),
});
const values = z.union([z.array(z.number()), z.number()]);

/** A value as a line in the embedded metric format has it. */
export interface CountedValue {
  readonly metric: MetricName;
  readonly queue: MeteredQueue;
  readonly type: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

/**
 * What a function has written in the embedded metric format, as CloudWatch reads it. @returns undefined for another
 * line
 */
export function readMetrics(line: unknown): readonly CountedValue[] | undefined {
  // Most lines are others. To find that out by the schema makes an error of each.
  if (!Object.hasOwn(Object(line), '_aws')) return undefined;
  const read = document.safeParse(line);
  if (!read.success) return undefined;
  const { _aws, Queue: queue, Type: type, ...rest } = read.data;
  const { Timestamp: at, CloudWatchMetrics } = _aws;
  return CloudWatchMetrics[0].Metrics.flatMap(({ Name: metric }) =>
    [values.parse(rest[metric])].flat().map((value) => ({ metric, queue, type, at, value })),
  );
}
