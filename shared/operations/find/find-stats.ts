import type { MeteredQueue } from '../../domain/observe/metrics.ts';
import {
  failed,
  failingQueues,
  runningQueues,
  type Series,
  type SeriesQuery,
  type Span,
  type StageSeries,
  type StatsRange,
  shownPercentiles,
  shownTimes,
  spanOf,
  succeeded,
} from '../../domain/observe/stage-series.ts';

type Percentiles = Readonly<Record<(typeof shownPercentiles)[number], Series>>;

/** What a queue has done in each period of a span. */
export interface QueueStats {
  readonly queue: MeteredQueue;
  /** Where nothing has started, a period has no value. */
  readonly startDelay: Percentiles;
  readonly duration: Percentiles;
  /** Jobs. Where none has ended, it is 0. */
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
}

export interface StageStats {
  readonly span: Span;
  readonly queues: readonly QueueStats[];
}

interface StatsQuery {
  readonly range: StatsRange;
  /** Of jobs. All types without it. */
  readonly type: string | undefined;
}

interface StatsDependencies {
  readonly series: StageSeries;
  readonly clock: { now(): number };
}

/** Finds what each queue has done. @throws MetricsUnavailableError */
export async function findStats({ range, type }: StatsQuery, deps: StatsDependencies): Promise<StageStats> {
  const span = spanOf(range, deps.clock.now());
  const queries = failingQueues.flatMap((queue) => queriesOf(queue, type));
  const read = await deps.series.read(queries, span);
  const found = new Map(queries.map((query, at) => [keyOf(query), read[at]]));
  const queues = failingQueues.map((queue): QueueStats => {
    const of = (metric: SeriesQuery['metric'], stat: SeriesQuery['stat']): Series =>
      found.get(keyOf({ queue, metric, stat })) ?? Array.from({ length: span.periods }, () => undefined);
    const percentiles = (metric: (typeof shownTimes)[number]): Percentiles => ({
      p50: of(metric, 'p50'),
      p95: of(metric, 'p95'),
    });
    return {
      queue,
      startDelay: percentiles('StartDelay'),
      duration: percentiles('Duration'),
      succeeded: of(succeeded, 'Sum').map(orNone),
      failed: of(failed, 'Sum').map(orNone),
    };
  });
  return { span, queues };
}

/** CloudWatch has no value where nothing was counted. */
const orNone = (value: number | undefined): number => value ?? 0;

const keyOf = ({ queue, metric, stat }: SeriesQuery): string => `${queue} ${metric} ${stat}`;

function queriesOf(queue: MeteredQueue, type: string | undefined): readonly SeriesQuery[] {
  const failures: SeriesQuery = { queue, metric: failed, stat: 'Sum', type };
  if (!runningQueues.some((each) => each === queue)) return [failures];
  return [
    ...shownTimes.flatMap((metric) => shownPercentiles.map((stat) => ({ queue, metric, stat, type }))),
    { queue, metric: succeeded, stat: 'Sum', type },
    failures,
  ];
}
