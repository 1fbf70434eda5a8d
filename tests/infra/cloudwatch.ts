import type * as z from 'zod/mini';
import type { MetricQuery, StageMetrics } from '../../shared/domain/watch/watch-ports.ts';
import { alarm, metricFilter } from './kinds.ts';
import type { Template } from './template.ts';

/** A value of a metric, as CloudWatch keeps it. */
export interface Datum {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  readonly at: number;
}

type Alarm = z.infer<(typeof alarm)['properties']>;
export type AlarmState = 'OK' | 'ALARM';

export const stackName = 'job-worker-stage';
const minuteMs = 60_000;

/**
 * What CloudWatch makes of lines and of alarms, as far as the alarms of a stage need it: the embedded format, filters of logs by
 * equality, and alarms on one metric at the end of each period, with M of N and what missing data counts as.
 */
export class CloudWatch implements StageMetrics {
  readonly data: Datum[] = [];
  readonly #template: Template;
  readonly #states = new Map<string, AlarmState>();
  now = 0;

  constructor(template: Template) {
    this.#template = template;
  }

  /** Takes a line that a function has written into its log. @param group the logical id */
  takeLine(group: string, line: string): void {
    const read: unknown = JSON.parse(line);
    this.data.push(...embedded(read));
    for (const { LogGroupName, FilterPattern, MetricTransformations } of this.#template
      .all(metricFilter)
      .values()) {
      if (LogGroupName !== group || !matches(FilterPattern, read)) continue;
      const [{ MetricName: metric, MetricValue, Dimensions }] = MetricTransformations;
      const dimensions = Object.fromEntries(
        Dimensions.map(({ Key, Value }) => [Key, String(at(read, Value))]),
      );
      this.put({ namespace: stackName, metric, dimensions, value: Number(MetricValue) });
    }
  }

  put(datum: Omit<Datum, 'at'>): void {
    this.data.push({ ...datum, at: this.now });
  }

  /** Moves the time to the end of a minute, and evaluates each alarm whose period ends. @returns those that are in alarm */
  endMinute(now: number): readonly string[] {
    this.now = now;
    const alarms = [...this.#template.all(alarm)].filter(([id]) => !id.startsWith('Servers'));
    for (const [id, each] of alarms)
      if (now % (each.Period * 1000) === 0) this.#states.set(id, this.#evaluate(each, this.#states.get(id)));
    return [...this.#states].filter(([, state]) => state === 'ALARM').map(([id]) => id);
  }

  #evaluate(each: Alarm, before: AlarmState = 'OK'): AlarmState {
    const periods = Array.from({ length: each.EvaluationPeriods }, (_, back) => {
      const until = this.now - back * each.Period * 1000;
      return this.#breaches(each, until);
    });
    if (periods.every((breaches) => breaches === undefined) && each.TreatMissingData === 'ignore')
      return before;
    const count = periods.filter((breaches) => breaches ?? each.TreatMissingData === 'breaching').length;
    return count >= (each.DatapointsToAlarm ?? each.EvaluationPeriods) ? 'ALARM' : 'OK';
  }

  /** @returns undefined if there are no data in the period that ends then */
  #breaches(each: Alarm, until: number): boolean | undefined {
    const values = this.data
      .filter((datum) => isOf(each, datum) && datum.at < until && datum.at >= until - each.Period * 1000)
      .map(({ value }) => value);
    if (values.length === 0) return undefined;
    const value = statisticOf(each.Statistic, values);
    if (each.ComparisonOperator === 'LessThanThreshold') return value < each.Threshold;
    return value >= each.Threshold;
  }

  async read(queries: readonly MetricQuery[]): Promise<readonly number[]> {
    return queries.map((query) => {
      const values = this.data
        .filter((datum) => isAsked(query, datum) && datum.at > this.now - query.minutes * minuteMs)
        .map(({ value }) => value);
      return values.length === 0 ? 0 : statisticOf(query.stat, values);
    });
  }
}

const namespaces = {
  stage: stackName,
  sqs: 'AWS/SQS',
  scheduler: 'AWS/Scheduler',
  api: 'AWS/ApiGateway',
} as const;

function isAsked({ source, metric, queue, dimension }: MetricQuery, datum: Datum): boolean {
  if (datum.namespace !== namespaces[source] || datum.metric !== metric) return false;
  if (queue !== undefined) return datum.dimensions.QueueName === queue;
  if (dimension === undefined) return source !== 'stage' || Object.keys(datum.dimensions).length === 0;
  return datum.dimensions[dimension.name] === dimension.value && Object.keys(datum.dimensions).length === 1;
}

/** Of a reference the logical id stands for what it refers to. */
const isOf = ({ Namespace, MetricName, Dimensions }: Alarm, datum: Datum): boolean =>
  datum.namespace === (typeof Namespace === 'string' ? Namespace : stackName) &&
  datum.metric === MetricName &&
  Object.keys(datum.dimensions).length === Dimensions.length &&
  Dimensions.every(({ Name, Value }) => datum.dimensions[Name] === Value);

function statisticOf(statistic: string, values: readonly number[]): number {
  const sum = values.reduce((all, value) => all + value, 0);
  switch (statistic) {
    case 'Sum':
      return sum;
    case 'Maximum':
      return Math.max(...values);
    case 'Minimum':
      return Math.min(...values);
    case 'Average':
      return sum / values.length;
    case 'SampleCount':
      return values.length;
    case 'p95':
      return [...values].sort((one, other) => one - other)[Math.ceil(0.95 * values.length) - 1] ?? 0;
    default:
      throw new Error(`${statistic} is not known here.`);
  }
}

function* embedded(line: unknown): Generator<Datum> {
  const { _aws } = Object(line);
  for (const { Namespace, Dimensions, Metrics } of _aws?.CloudWatchMetrics ?? [])
    for (const names of Dimensions)
      for (const { Name } of Metrics)
        for (const value of [Object(line)[Name]].flat())
          yield {
            namespace: Namespace,
            metric: Name,
            dimensions: Object.fromEntries(names.map((name: string) => [name, Object(line)[name]])),
            value,
            at: _aws.Timestamp,
          };
}

const at = (line: unknown, selector: string): unknown =>
  selector
    .slice('$.'.length)
    .split('.')
    .reduce((value: unknown, name) => Object(value)[name], line);

/** A filter by (in)equality of texts, with `&&`, `||` and parentheses. What a line does not have is equal to nothing. */
export function matches(pattern: string, line: unknown): boolean {
  const tokens = pattern.slice(1, -1).match(/\(|\)|&&|\|\||!=|=|"[^"]*"|\$[.\w]+/g) ?? [];
  const next = () => tokens.shift() ?? '';
  const term = (): boolean => {
    if (tokens[0] === '(') {
      next();
      const value = either();
      if (next() !== ')') throw new Error(`${pattern} has no end.`);
      return value;
    }
    const [selector, operator, text] = [next(), next(), next()];
    const found = at(line, selector);
    if (found === undefined) return false;
    return (found === text.slice(1, -1)) === (operator === '=');
  };
  const both = (): boolean => {
    let value = term();
    while (tokens[0] === '&&') {
      next();
      value = term() && value;
    }
    return value;
  };
  const either = (): boolean => {
    let value = both();
    while (tokens[0] === '||') {
      next();
      value = both() || value;
    }
    return value;
  };
  const value = either();
  if (tokens.length > 0) throw new Error(`${pattern} is not understood from ${tokens[0]} on.`);
  return value;
}
