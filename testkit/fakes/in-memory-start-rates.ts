import { microsOf } from '../../shared/domain/access/rate.ts';
import {
  intervalOf,
  latestForStart,
  type StartRate,
  type StartRates,
  startOf,
  toleranceOf,
  turnOf,
} from '../../shared/domain/state/start-rate.ts';

/** The rates as maps of theoretical arrival times. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryStartRates implements StartRates {
  readonly #starts = new Map<string, number>();
  readonly #turns = new Map<string, number>();

  async take(rate: StartRate, now: number): Promise<number | undefined> {
    const before = this.#starts.get(rate.key) ?? 0;
    if (before > latestForStart(rate, now)) return undefined;
    const arrivesAt = Math.max(before, microsOf(now)) + intervalOf(rate);
    this.#starts.set(rate.key, arrivesAt);
    return startOf(arrivesAt, rate, now);
  }

  hasLine({ key }: StartRate, now: number): boolean {
    return (this.#turns.get(key) ?? 0) > microsOf(now);
  }

  async join(rate: StartRate, now: number): Promise<number> {
    const nextStart = (this.#starts.get(rate.key) ?? 0) - toleranceOf(rate);
    const before = Math.max(this.#turns.get(rate.key) ?? 0, nextStart, microsOf(now));
    this.#turns.set(rate.key, before + intervalOf(rate));
    return turnOf(before + intervalOf(rate), rate);
  }
}
