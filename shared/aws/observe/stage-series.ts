import { MetricsUnavailableError } from '../../domain/base/errors.ts';
import type { SeriesQuery, StageSeries } from '../../domain/observe/stage-series.ts';
import type { readMetrics } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { type ReadMetricData, signedMetricData } from './metric-data.ts';

type Config = Granted<typeof readMetrics>;

/** CloudWatch, behind the `StageSeries` port. All queries are one call. */
export const cloudWatchSeries = (
  config: Config,
  call: ReadMetricData = signedMetricData(config),
): StageSeries => ({
  async read(queries, { from, periodSeconds, periods }) {
    const results = await call({
      StartTime: from,
      EndTime: from + periodSeconds * periods,
      MetricDataQueries: queries.map((query, at) => ({
        Id: idOf(at),
        MetricStat: { Metric: metricOf(query, config), Period: periodSeconds, Stat: query.stat },
      })),
    }).catch((cause: unknown) => {
      throw new MetricsUnavailableError('CloudWatch did not answer', { cause });
    });
    // A long answer comes in parts, and a metric may be in several of them.
    const values = new Map(
      results.flatMap(({ Id, Timestamps, Values }) =>
        Timestamps.map((time, at) => [`${Id} ${Math.floor((time - from) / periodSeconds)}`, Values[at]]),
      ),
    );
    return queries.map((_, at) =>
      Array.from({ length: periods }, (_each, period) => values.get(`${idOf(at)} ${period}`)),
    );
  },
});

const idOf = (at: number): string => `q${at}`;

const metricOf = ({ metric, queue, type }: SeriesQuery, { METRICS_NAMESPACE }: Config) => ({
  Namespace: METRICS_NAMESPACE,
  MetricName: metric,
  Dimensions: [
    { Name: 'Queue', Value: queue },
    ...(type === undefined ? [] : [{ Name: 'Type', Value: type }]),
  ],
});
