import {
  type CloudWatchClient,
  type Dimension,
  GetMetricDataCommand,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import {
  type MetricQuery,
  type StageMetrics,
  WatchUnavailableError,
} from '../../domain/watch/watch-ports.ts';
import type { watchedStage as capability } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';

const minuteMs = 60_000;

/** CloudWatch, behind the `StageMetrics` port: a call for each span of time that is asked about. */
export const cloudWatchMetrics = (
  client: CloudWatchClient,
  env: Granted<typeof capability>,
  now: () => number,
): StageMetrics => ({
  async read(queries) {
    const spans = [...new Set(queries.map(({ minutes }) => minutes))];
    const found = await Promise.all(
      spans.map(async (span) => {
        const asked = [...queries.entries()].filter(([, { minutes }]) => minutes === span);
        const command = new GetMetricDataCommand({
          StartTime: new Date(now() - span * minuteMs),
          EndTime: new Date(now()),
          MetricDataQueries: asked.map(([at, query]) => dataQuery(at, query, env)),
        });
        const { MetricDataResults = [] } = await client.send(command).catch((cause: unknown) => {
          throw new WatchUnavailableError('metrics could not be read', { cause });
        });
        return MetricDataResults.map(({ Id, Values = [] }) => [Id, Values] as const);
      }),
    );
    const values = new Map(found.flat());
    return queries.map(({ stat }, at) => combined(stat, values.get(idOf(at)) ?? []));
  },
});

const idOf = (at: number): string => `q${at}`;

const combined = (stat: MetricQuery['stat'], values: readonly number[]): number =>
  stat === 'Sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(0, ...values);

const dataQuery = (at: number, query: MetricQuery, env: Granted<typeof capability>): MetricDataQuery => {
  const [Namespace, Dimensions] = placeOf(query, env);
  const Metric = { Namespace, MetricName: query.metric, Dimensions };
  // Values have no price, so a sum is made of the smallest. A percentile needs values enough.
  return { Id: idOf(at), MetricStat: { Metric, Period: query.stat === 'Sum' ? 60 : 300, Stat: query.stat } };
};

function placeOf(
  { source, queue, dimension }: MetricQuery,
  { METRICS_NAMESPACE: stack, SCHEDULE_GROUP, HTTP_API_ID }: Granted<typeof capability>,
): [namespace: string, dimensions: Dimension[]] {
  switch (source) {
    case 'stage':
      return [stack, dimension ? [{ Name: dimension.name, Value: dimension.value }] : []];
    case 'sqs':
      return ['AWS/SQS', [{ Name: 'QueueName', Value: `${stack}-${queue}` }]];
    case 'scheduler':
      return ['AWS/Scheduler', [{ Name: 'ScheduleGroup', Value: SCHEDULE_GROUP }]];
    case 'api':
      return ['AWS/ApiGateway', [{ Name: 'ApiId', Value: HTTP_API_ID }]];
  }
}
