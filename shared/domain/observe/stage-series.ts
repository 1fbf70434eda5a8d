import { queueNames } from '../state/ports.ts';
import type { CountName, MeteredQueue, MetricName, TimeName } from './metrics.ts';

/*
 * What the charts of /ui/stats show of a stage. A test compares this with the list of metrics, whose texts no bundle has.
 */

/** Queues that jobs run from. */
export const runningQueues = queueNames.filter((queue) => queue !== 'waiting');
/** Queues where jobs can fail. From the last two no job runs. */
export const failingQueues = [...runningQueues, 'waiting', 'dead-letter'] as const;
export const shownTimes = ['StartDelay', 'Duration'] as const satisfies readonly TimeName[];
export const shownPercentiles = ['p50', 'p95'] as const;
export const [succeeded, failed] = ['JobsSucceeded', 'JobsFailed'] as const satisfies readonly CountName[];

/**
 * How far a chart looks back, in how many periods. A table has a row for each: no range has more than fit into a page.
 */
export const statsRanges = {
  hour: { periodSeconds: 120, periods: 30 },
  day: { periodSeconds: 3_600, periods: 24 },
  week: { periodSeconds: 6 * 3_600, periods: 28 },
} as const;
export type StatsRange = keyof typeof statsRanges;

/** Periods one after another. The first begins at a multiple of its length: CloudWatch begins there. */
export interface Span {
  /** Epoch seconds. */
  readonly from: number;
  readonly periodSeconds: number;
  readonly periods: number;
}

/** @param now epoch milliseconds, in the last period */
export function spanOf(range: StatsRange, now: number): Span {
  const { periodSeconds, periods } = statsRanges[range];
  const to = (Math.floor(now / 1000 / periodSeconds) + 1) * periodSeconds;
  return { from: to - periodSeconds * periods, periodSeconds, periods };
}

export interface SeriesQuery {
  readonly metric: MetricName;
  readonly stat: 'Sum' | (typeof shownPercentiles)[number];
  readonly queue: MeteredQueue;
  /** Of jobs. Only a stage that counts by type has it. */
  readonly type?: string | undefined;
}

/** A value for each period; undefined where nothing was counted. */
export type Series = readonly (number | undefined)[];

/** What a stage has counted, over time. */
export interface StageSeries {
  /** @returns a series for each query, in their order. @throws MetricsUnavailableError */
  read(queries: readonly SeriesQuery[], span: Span): Promise<readonly Series[]>;
}
