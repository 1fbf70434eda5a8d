import { asError } from '../shared/domain/base/errors.ts';
import type { Clock, Log } from '../shared/domain/base/ports.ts';

/** What a server can be ill of: its disk, its clock, the start of processes, or that AWS refuses its calls. */
export type Illness = 'disk' | 'clock' | 'processes' | 'calls';

export type Condition =
  | { readonly kind: 'well' }
  | {
      readonly kind: 'ill';
      readonly of: Illness;
      readonly why: string;
      /** Epoch milliseconds, by the server's own clock. */
      readonly since: number;
    };

/** Looks whether a server is ill. @throws what is wrong */
export type Probe = () => Promise<void>;

export interface ConditionDependencies {
  /** Which server it is, for the log. */
  readonly server: string;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly probes: Readonly<Record<Illness, Probe>>;
  /** Aborted when the server is to stop: it probes no more. */
  readonly stop: AbortSignal;
}

const firstPauseMs = 1_000;
const maxPauseMs = 60_000;
/** Whatever a probe takes longer than this for does not work. */
const probeWithinMs = 10_000;
/** An illness that comes back within this time goes on with the pauses that it had: a probe does not see everything. */
const relapseMs = 600_000;

/** The one place that knows whether a server is well enough to take jobs. */
export class ServerCondition {
  readonly #deps: ConditionDependencies;
  #now: Condition = { kind: 'well' };
  #wellSince = Number.NEGATIVE_INFINITY;
  #pauseMs = firstPauseMs;
  #wrongClock = new AbortController();
  readonly #looking = new Map<Illness, Promise<boolean>>();
  #recovery: Promise<void> = Promise.resolve();

  constructor(deps: ConditionDependencies) {
    this.#deps = deps;
  }

  get now(): Condition {
    return this.#now;
  }

  /**
   * Aborted while the clock is wrong: by such a clock no lease can be kept. What else a server is ill of does not touch
   * the jobs that run, unless they fail.
   */
  get wrongClock(): AbortSignal {
    return this.#wrongClock.signal;
  }

  /** Resolves when the server is well, or the signal is aborted. */
  async untilWell(signal: AbortSignal): Promise<void> {
    while (this.#now.kind === 'ill' && !signal.aborted) await Promise.race([this.#recovery, abortOf(signal)]);
  }

  /** Makes all probes but the start of a process, which the first job shows. */
  async examine(): Promise<void> {
    for (const what of ['disk', 'calls', 'clock'] as const) await this.isIllOf(what);
  }

  /** Makes a probe, one for all who ask meanwhile. @returns whether the server is ill of that now */
  isIllOf(of: Illness): Promise<boolean> {
    const looking = this.#looking.get(of) ?? this.#look(of).finally(() => this.#looking.delete(of));
    this.#looking.set(of, looking);
    return looking;
  }

  async #look(of: Illness): Promise<boolean> {
    const why = await this.#probe(of);
    if (why !== undefined) this.turnIll(of, why);
    return why !== undefined;
  }

  /** Takes no job any more, until all probes are good. Nothing changes if the server is ill already. */
  turnIll(of: Illness, why: string): void {
    if (this.#now.kind === 'ill' || this.#deps.stop.aborted) return;
    const { clock, log, server } = this.#deps;
    this.#now = { kind: 'ill', of, why, since: clock.now() };
    log.warn('server is ill', { server, of, why });
    if (of === 'clock') this.#wrongClock.abort();
    this.#recovery = this.#recover(of, clock.now());
  }

  async #recover(of: Illness, since: number): Promise<void> {
    const { clock, log, server, stop } = this.#deps;
    if (since - this.#wellSince > relapseMs) this.#pauseMs = firstPauseMs;
    do {
      await clock.sleep(this.#pauseMs, stop);
      if (stop.aborted) return;
      this.#pauseMs = Math.min(2 * this.#pauseMs, maxPauseMs);
    } while (await this.#isStillIll(of));
    this.#now = { kind: 'well' };
    this.#wellSince = clock.now();
    if (this.#wrongClock.signal.aborted) this.#wrongClock = new AbortController();
    log.info('server is well', { server, of, forMs: clock.now() - since });
  }

  /** @param first what it was ill of at first: only then is a process started */
  async #isStillIll(first: Illness): Promise<boolean> {
    // The answer of a call says what time it is.
    const order: readonly Illness[] = ['disk', 'calls', 'clock'];
    const all = first === 'processes' ? [...order, first] : order;
    for (const each of all) {
      const why = await this.#probe(each);
      if (why === undefined) continue;
      if (this.#now.kind === 'ill') this.#now = { ...this.#now, of: each, why };
      if (each === 'clock') this.#wrongClock.abort();
      return true;
    }
    return false;
  }

  async #probe(of: Illness): Promise<string | undefined> {
    const { probes, clock } = this.#deps;
    const over = new AbortController();
    const tooLate = clock.sleep(probeWithinMs, over.signal).then(() => {
      if (!over.signal.aborted) throw new Error(`no answer within ${probeWithinMs / 1000} s`);
    });
    try {
      await Promise.race([probes[of](), tooLate]);
      return undefined;
    } catch (thrown) {
      return asError(thrown).message;
    } finally {
      over.abort();
    }
  }
}

const abortOf = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
