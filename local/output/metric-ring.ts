import { metrics } from '../../shared/domain/observe/metrics.ts';
import type { CountedValue } from '../../shared/domain/observe/prometheus.ts';
import type { Series, SeriesQuery, Span } from '../../shared/domain/observe/stage-series.ts';

/**
 * Values of times are kept in steps of a tenth: a percentile is off by 5 % at most, and an hour of a busy queue is
 * small.
 */
const step = Math.log(1.1);

/** What was counted in a minute or an hour: a sum, or how many times there were in each step. */
interface Counted {
  sum: number;
  readonly steps: Map<number, number>;
}

/** Minutes are for the last hour, hours for the last week; each with the period that has begun, and one more. */
const rings = [
  { seconds: 60, kept: 64 },
  { seconds: 3_600, kept: 7 * 24 + 8 },
] as const;

type Ring = Map<number, Counted>;

/** What this machine has counted in the last week, in little memory. It ends with the process. */
export class MetricRing {
  /** By metric, queue and type: the minutes, and the hours. */
  readonly #series = new Map<string, readonly Ring[]>();

  add({ metric, queue, type, at, value }: CountedValue): void {
    this.#addTo(keyOf({ metric, queue }), { at, value, isTime: isTime(metric) });
    if (type !== undefined)
      this.#addTo(keyOf({ metric, queue, type }), { at, value, isTime: isTime(metric) });
  }

  /** A value for each period; undefined where nothing was counted. */
  read(query: SeriesQuery, { from, periodSeconds, periods }: Span): Series {
    const at = periodSeconds % rings[1].seconds === 0 ? 1 : 0;
    const ring = [...(this.#series.get(keyOf(query))?.[at] ?? [])];
    return Array.from({ length: periods }, (_, period) => {
      const begin = from + period * periodSeconds;
      const counted = ring.filter(([time]) => time >= begin && time < begin + periodSeconds);
      if (counted.length === 0) return undefined;
      const all = counted.map(([, each]) => each);
      return query.stat === 'Sum' ? all.reduce((sum, each) => sum + each.sum, 0) : quantile(all, query.stat);
    });
  }

  /** How many minutes and hours are kept. */
  get size(): number {
    return [...this.#series.values()].flat().reduce((sum, ring) => sum + ring.size, 0);
  }

  #addTo(key: string, { at, value, isTime }: { at: number; value: number; isTime: boolean }): void {
    const series = this.#series.get(key) ?? rings.map((): Ring => new Map());
    this.#series.set(key, series);
    for (const [index, { seconds, kept }] of rings.entries()) {
      const ring = series[index] ?? new Map();
      const time = Math.floor(at / 1000 / seconds) * seconds;
      const counted = ring.get(time) ?? { sum: 0, steps: new Map() };
      ring.set(time, counted);
      counted.sum += value;
      const of = stepOf(value);
      if (isTime) counted.steps.set(of, (counted.steps.get(of) ?? 0) + 1);
      // In the order of their times, nearly: a line may come late.
      for (const old of ring.keys()) if (old <= time - kept * seconds) ring.delete(old);
    }
  }
}

const isTime = (metric: CountedValue['metric']): boolean => metrics[metric].unit === 'Milliseconds';

const keyOf = ({ metric, queue, type = '' }: Pick<SeriesQuery, 'metric' | 'queue' | 'type'>): string =>
  `${metric} ${queue} ${type}`;

const stepOf = (value: number): number => (value < 1 ? -1 : Math.round(Math.log(value) / step));

/** The smallest time that so many are not longer than. */
function quantile(counted: readonly Counted[], stat: 'p50' | 'p95'): number {
  const steps = new Map<number, number>();
  for (const each of counted)
    for (const [at, count] of each.steps) steps.set(at, (steps.get(at) ?? 0) + count);
  const sorted = [...steps].sort(([a], [b]) => a - b);
  const wanted = sorted.reduce((sum, [, count]) => sum + count, 0) * (stat === 'p50' ? 0.5 : 0.95);
  let seen = 0;
  const [at = -1] =
    sorted.find(([, count]) => {
      seen += count;
      return seen >= wanted;
    }) ?? [];
  return at < 0 ? 0 : Math.exp(at * step);
}
