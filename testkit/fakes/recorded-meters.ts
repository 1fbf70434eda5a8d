import type { Meter, MeteredQueue, Meters, MetricName } from '../../shared/domain/observe/metrics.ts';

interface Added {
  readonly queue: MeteredQueue;
  readonly metric: MetricName;
  readonly value: number;
  readonly type: string | undefined;
}

/** Meters that record what was added. */
export class RecordedMeters implements Meters {
  readonly added: Added[] = [];

  on(queue: MeteredQueue): Meter {
    const add = (metric: MetricName, value: number, type: string | undefined) =>
      void this.added.push({ queue, metric, value, type });
    return {
      queue,
      count: (metric, type) => add(metric, 1, type),
      time: (metric, milliseconds, type) => add(metric, milliseconds, type),
    };
  }

  flush(): void {}

  /** The sum of each metric, by its name. */
  get sums(): Partial<Record<MetricName, number>> {
    const sums: Partial<Record<MetricName, number>> = {};
    for (const { metric, value } of this.added) sums[metric] = (sums[metric] ?? 0) + value;
    return sums;
  }
}
