import type { CountedValue } from '../../shared/domain/observe/prometheus.ts';
import type { Series, SeriesQuery, Span, StageSeries } from '../../shared/domain/observe/stage-series.ts';

/** What a stage has counted, value by value: its percentiles are exact. */
export class InMemorySeries implements StageSeries {
  readonly #values: CountedValue[] = [];

  add(value: CountedValue): void {
    this.#values.push(value);
  }

  of(query: SeriesQuery, span: Span): Series {
    return Array.from({ length: span.periods }, (_, period) => this.#valueOf(query, span, period));
  }

  async read(queries: readonly SeriesQuery[], span: Span): Promise<readonly Series[]> {
    return queries.map((query) => this.of(query, span));
  }

  #valueOf(query: SeriesQuery, { from, periodSeconds }: Span, period: number): number | undefined {
    const found = this.#values
      .filter(({ metric, queue, type }) => {
        const isOfType = query.type === undefined || query.type === type;
        return metric === query.metric && queue === query.queue && isOfType;
      })
      .filter(({ at }) => Math.floor((at / 1000 - from) / periodSeconds) === period)
      .map(({ value }) => value)
      .sort((a, b) => a - b);
    if (found.length === 0) return undefined;
    if (query.stat === 'Sum') return found.reduce((sum, value) => sum + value, 0);
    return found[Math.ceil(found.length * (query.stat === 'p50' ? 0.5 : 0.95)) - 1];
  }
}
