import { type MetricName, metrics } from '../shared/domain/observe/metrics.ts';
import {
  failed,
  failingQueues,
  runningQueues,
  shownPercentiles,
  shownTimes,
  succeeded,
} from '../shared/domain/observe/stage-series.ts';
import type { StageParameters } from './parameters/parameter.ts';
import type { Resources } from './serverless.ts';

/** A series of a chart, as CloudWatch has it: an expression, or a metric with its dimensions and how it is drawn. */
type Series = readonly unknown[];

interface Chart {
  readonly title: string;
  readonly series: readonly Series[];
  readonly unit: string;
}

const failures = (Object.keys(metrics) as MetricName[]).filter((name) => /^JobsFailed./.test(name));
const size = { width: 12, height: 6 };
const periodSeconds = 300;

/** Adds the dashboard of the stage, if it is asked for: `dashboard: true`. The body is made of the list of metrics. */
export function addDashboard(resources: Resources, parameters: StageParameters): void {
  const { dashboard, metrics: areThere, metricsByType } = parameters;
  if (String(dashboard) !== 'true' || String(areThere) === 'false') return;
  const Dashboard = {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      DashboardName: { Ref: 'AWS::StackName' },
      DashboardBody: { 'Fn::Sub': JSON.stringify(bodyOf(String(metricsByType) === 'true')) },
    },
  };
  resources.Resources = { ...resources.Resources, Dashboard };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function bodyOf(isByType: boolean) {
  const charts = [...runningQueues.flatMap(chartsOf), everywhere, ...(isByType ? chartsByType : [])];
  return {
    start: '-P1D',
    widgets: charts.map((chart, index) => ({
      type: 'metric',
      x: (index % 2) * size.width,
      y: Math.floor(index / 2) * size.height,
      ...size,
      properties: {
        title: chart.title,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
        region: '${AWS::Region}',
        view: 'timeSeries',
        stacked: false,
        period: periodSeconds,
        metrics: chart.series,
        yAxis: { left: { min: 0, label: chart.unit, showUnits: false } },
      },
    })),
  };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation fills it in
const namespace = '${AWS::StackName}';

const metric = (name: MetricName, queue: string, how: object): Series => [
  namespace,
  name,
  'Queue',
  queue,
  how,
];

const percentiles = (name: (typeof shownTimes)[number], queue: string): readonly Series[] =>
  shownPercentiles.map((stat) => metric(name, queue, { stat, label: `${name} ${stat}` }));

function chartsOf(queue: string): readonly Chart[] {
  const counted = (name: MetricName, id: string) => metric(name, queue, { id, stat: 'Sum', visible: false });
  return [
    {
      title: `${queue}: start delay and duration`,
      unit: 'ms',
      series: shownTimes.flatMap((name) => percentiles(name, queue)),
    },
    {
      title: `${queue}: jobs that ended, and the share that failed`,
      unit: 'jobs, %',
      series: [
        counted(succeeded, 'succeeded'),
        counted(failed, 'failed'),
        // "Nothing" is missing data.
        [{ id: 'ended', expression: 'FILL(succeeded, 0) + FILL(failed, 0)', label: 'jobs that ended' }],
        [
          {
            id: 'share',
            expression: 'IF(ended > 0, 100 * FILL(failed, 0) / ended, 0)',
            label: 'failed, in %',
          },
        ],
      ],
    },
  ];
}

const queuesOf = (name: MetricName): readonly string[] =>
  metrics[name].from.some((each) => each === 'deadLetter') ? failingQueues : runningQueues;

const everywhere: Chart = {
  title: 'failed jobs, by kind and queue',
  unit: 'jobs',
  series: failures.flatMap((name) =>
    queuesOf(name).map((queue) => metric(name, queue, { stat: 'Sum', label: `${name} ${queue}` })),
  ),
};

/** Which types there are changes from one deployment to the next: CloudWatch finds them. */
const search = (name: MetricName, stat: string): Series => [
  {
    id: `${name.charAt(0).toLowerCase()}${name.slice(1)}${stat}`,
    expression: `SEARCH('{"${namespace}",Queue,Type} MetricName="${name}"', '${stat}', ${periodSeconds})`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in, and Fn::Sub leaves it
    label: "${!PROP('Dim.Queue')} ${!PROP('Dim.Type')}",
  },
];

const chartsByType: readonly Chart[] = [
  ...shownTimes.flatMap((name) =>
    shownPercentiles.map((stat) => ({
      title: `${name} by type, ${stat}`,
      unit: 'ms',
      series: [search(name, stat)],
    })),
  ),
  ...[succeeded, failed].map((name) => ({
    title: `${name} by type`,
    unit: 'jobs',
    series: [search(name, 'Sum')],
  })),
];
