import { microsOf } from '../../shared/domain/access/rate.ts';
import {
  type CallLine,
  type EndedCall,
  expiresAfterMicros,
  freshLine,
  intervalOf,
  type LineCall,
  latestForStart,
  lineExpiresAt,
  nextStartOf,
  type Start,
  type StartRate,
  type StartRates,
  startOf,
  toleranceOf,
  turnOf,
} from '../../shared/domain/state/limits/start-rate.ts';
import { ExpiringMap } from './expiring-map.ts';

/** The rates as maps of theoretical arrival times. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryStartRates implements StartRates {
  readonly starts = new ExpiringMap<number>();
  readonly turns = new ExpiringMap<number>();
  readonly lines = new ExpiringMap<CallLine & { readonly heldBy?: string }>();
  readonly #givenBack = new Map<string, number>();

  /** Forgets what TTL may remove by then. @param now epoch milliseconds */
  expire(now: number): void {
    for (const times of [this.starts, this.turns, this.lines])
      for (const [key, at] of times.expiresAt) if (at * 1000 <= now) times.delete(key);
  }

  async take(rate: StartRate, now: number): Promise<Start | undefined> {
    const before = this.starts.get(rate.key) ?? 0;
    if (before > latestForStart(rate, now)) return undefined;
    const arrivesAt = Math.max(before, microsOf(now)) + intervalOf(rate);
    this.starts.keep(rate.key, arrivesAt, expiresAt(arrivesAt));
    return { at: startOf(arrivesAt, rate, now), arrivesAt, givenBack: this.#givenBack.get(rate.key) ?? 0 };
  }

  async giveBack(rate: StartRate, { arrivesAt, givenBack }: Start): Promise<void> {
    const { key } = rate;
    if (this.starts.get(key) !== arrivesAt || (this.#givenBack.get(key) ?? 0) !== givenBack) return;
    this.starts.set(key, arrivesAt - intervalOf(rate));
    this.#givenBack.set(key, givenBack + 1);
  }

  nextStart(rate: StartRate, now: number): number {
    const [start, turn] = [this.starts.get(rate.key) ?? 0, this.turns.get(rate.key) ?? 0];
    return nextStartOf({ start, turn }, rate, now);
  }

  nextInTurn(rate: StartRate, now: number): number {
    return nextStartOf({ start: this.starts.get(rate.key) ?? 0, turn: 0 }, rate, now);
  }

  hasLine({ key }: StartRate, now: number): boolean {
    return (this.turns.get(key) ?? 0) > microsOf(now);
  }

  async join(rate: StartRate, now: number): Promise<number> {
    const nextStart = (this.starts.get(rate.key) ?? 0) - toleranceOf(rate);
    const before = Math.max(this.turns.get(rate.key) ?? 0, nextStart, microsOf(now));
    this.turns.keep(rate.key, before + intervalOf(rate), expiresAt(before + intervalOf(rate)));
    return turnOf(before + intervalOf(rate), rate);
  }

  async beginCall(key: string, { id, now, heldUntil }: LineCall): Promise<boolean> {
    const line = this.lines.get(key);
    if (line && line.nextAt > now && line.heldBy !== id) return false;
    const { tookMs } = line ?? freshLine;
    this.lines.keep(key, { nextAt: heldUntil, tookMs, isBusy: true, heldBy: id }, lineExpiresAt(heldUntil));
    return true;
  }

  async endCall(key: string, id: string, ended: EndedCall): Promise<void> {
    if (this.lines.get(key)?.heldBy !== id) return;
    this.lines.keep(key, { ...ended, isBusy: false }, lineExpiresAt(ended.nextAt));
  }

  callLine(key: string): CallLine {
    return this.lines.get(key) ?? freshLine;
  }
}

const expiresAt = (arrivesAt: number): number => Math.ceil((arrivesAt + expiresAfterMicros) / 1_000_000);
