import type { Clock, Log, Random } from '../domain/base/ports.ts';
import { type Breaker, breakerWrite, noPass } from '../domain/notify/breaker.ts';
import { type Endpoint, endpointIdOf } from '../domain/notify/endpoint.ts';
import type { EndpointStore } from '../domain/notify/endpoint-ports.ts';
import type { Attempt } from './attempt.ts';
import { endpointWaitAfter } from './retry-plan.ts';

export interface BreakerLimits {
  /** So many attempts in a row fail before a breaker opens. */
  readonly failures: number;
  /** Or so many different notifications are rejected, and none is taken meanwhile. */
  readonly rejections: number;
  /** How many attempts a process makes at a time at one endpoint. */
  readonly atATime: number;
  /** For how long a process takes a breaker for open without looking. */
  readonly knownOpenMs: number;
}

export const breakerLimits: BreakerLimits = { failures: 5, rejections: 5, atATime: 5, knownOpenMs: 10_000 };

/**
 * Who has waited for so long for a place among the attempts at an endpoint makes none: a second slow answer after the first one
 * would hold the invocation for twice as long, and the notifications of others wait for invocations.
 */
const maxPlaceWaitMs = 2_000;

/** Of so many endpoints a process knows something. */
const maxKnown = 1_000;

interface Known {
  /** How many attempts have failed in a row. */
  failures: number;
  /** The notifications that were rejected, since one was taken. */
  readonly rejected: Set<string>;
  /** It is taken for open until then, epoch milliseconds. */
  openUntil: number;
  /** It is open since it rejects what is sent: attempts are made all the same. */
  rejects: boolean;
  /** The breaker was read, and nothing has failed since: nobody needs to look again. */
  isTrusted: boolean;
  running: number;
  /** Those that wait for a place. */
  readonly waiting: (() => void)[];
  reading?: Promise<Breaker | undefined> | undefined;
  /** A read that has not begun. */
  next?: Promise<Breaker | undefined> | undefined;
}

interface Dependencies {
  readonly endpoints: Pick<EndpointStore, 'read' | 'write'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly log: Log;
  readonly limits?: BreakerLimits;
}

/** What stays the same when an endpoint turns out to be down that has rejected notifications: who tries it, and when. */
const factsOf = ({ pass, failures, nextAt, since, holder }: Breaker) => ({
  pass,
  failures,
  nextAt,
  since,
  holder,
});

/**
 * What a process knows of endpoints. It reads the breaker of an endpoint before its first attempt there, and again only after
 * an attempt has failed.
 */
export class EndpointBreakers {
  readonly #deps: Dependencies;
  readonly #limits: BreakerLimits;
  readonly #known = new Map<string, Known>();

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#limits = deps.limits ?? breakerLimits;
  }

  /**
   * Makes an attempt at an endpoint, unless it is known to be down. Some at a time are made, and if too many in a row fail, the
   * breaker opens.
   * @param key of the notification
   * @returns `open`: it is down. `busy`: it answers slowly, and its turn has not come; nothing was sent
   * @throws StoreUnavailableError, NewerVersionError, and what `tell` throws
   */
  async attempt(
    endpoint: Endpoint,
    tell: () => Promise<Attempt>,
    key: string,
  ): Promise<Attempt | 'open' | 'busy'> {
    const known = this.#of(endpoint);
    const { clock } = this.#deps;
    const waitsUntil = clock.now() + maxPlaceWaitMs;
    // While attempts fail, nobody takes the place of one that has failed: the others may open the breaker.
    while (known.running >= Math.max(1, this.#limits.atATime - known.failures))
      await new Promise<void>((resolve) => known.waiting.push(resolve));
    known.running += 1;
    try {
      if (await this.#isDown(endpoint, known)) return 'open';
      if (clock.now() >= waitsUntil) return 'busy';
      const attempt = await tell();
      await this.#note(endpoint, attempt, key);
      return attempt;
    } finally {
      known.running -= 1;
      for (const goOn of known.waiting.splice(0)) goOn();
    }
  }

  /** Whether this process has just found the breaker open, or has opened it. */
  isKnownOpen(endpoint: Endpoint): boolean {
    return this.#of(endpoint).openUntil > this.#deps.clock.now();
  }

  /** The breaker was found to be closed. */
  forget(endpoint: Endpoint): void {
    const known = this.#of(endpoint);
    Object.assign(known, { openUntil: 0, failures: 0, isTrusted: true });
    known.rejected.clear();
  }

  /** Reads the breaker, by a read that begins after this call. Calls that come at the same time share one. */
  readFresh(endpoint: Endpoint): Promise<Breaker | undefined> {
    const known = this.#of(endpoint);
    known.next ??= this.#readNext(endpoint, known);
    return known.next;
  }

  async #readNext(endpoint: Endpoint, known: Known): Promise<Breaker | undefined> {
    await known.reading?.catch(() => undefined);
    known.next = undefined;
    known.reading = this.#deps.endpoints.read(endpoint);
    return known.reading;
  }

  async #isDown(endpoint: Endpoint, known: Known): Promise<boolean> {
    if (this.isKnownOpen(endpoint)) return !known.rejects;
    if (known.isTrusted) return false;
    const breaker = await this.readFresh(endpoint);
    if (breaker?.state !== 'open') {
      known.isTrusted = true;
      return false;
    }
    this.#rememberOpen(known, breaker);
    return !known.rejects;
  }

  async #note(endpoint: Endpoint, attempt: Attempt, key: string): Promise<void> {
    const known = this.#of(endpoint);
    if (attempt.kind === 'postponed') return;
    if (attempt.kind !== 'failed') {
      known.failures = 0;
      known.rejected.clear();
      return;
    }
    known.isTrusted = false;
    known.failures = attempt.isDown ? known.failures + 1 : 0;
    if (attempt.isRejected) known.rejected.add(key);
    const { failures, rejections } = this.#limits;
    const isOver = attempt.isDown ? known.failures >= failures : known.rejected.size >= rejections;
    const isNews = !this.isKnownOpen(endpoint) || (known.rejects && attempt.isDown);
    if (isOver && isNews) await this.#open(endpoint, attempt);
  }

  /** Who finds the breaker open after this sends the message that tries the endpoint: see `parkNotification`. */
  async #open(endpoint: Endpoint, attempt: Attempt & { kind: 'failed' }): Promise<void> {
    const { endpoints, clock, random, log } = this.#deps;
    const { why, retryAfterSeconds, isRejected: rejects } = attempt;
    const known = this.#of(endpoint);
    const found = await this.readFresh(endpoint);
    const now = clock.now();
    const worsens = found?.state === 'open' && found.rejects && !rejects;
    if (found?.state === 'open' && !worsens) return this.#rememberOpen(known, found);
    const nextAt = now + endpointWaitAfter(1, random.fraction(), retryAfterSeconds);
    const write = worsens
      ? breakerWrite('worsen', { ...factsOf(found), endpoint, now, why })
      : breakerWrite('open', {
          ...{ endpoint, pass: found?.pass ?? noPass, now, failures: 1, why, nextAt },
          ...(rejects ? { rejects } : {}),
        });
    // If somebody else has written meanwhile, the next attempt that fails finds out what.
    if (!(await endpoints.write(write))) return;
    log.warn(rejects ? 'endpoint takes nothing' : 'endpoint does not answer', { ...endpoint, why });
    this.#rememberOpen(known, write.breaker);
  }

  #rememberOpen(known: Known, breaker: Breaker): void {
    const rejects = breaker.rejects ?? false;
    const openUntil = this.#deps.clock.now() + this.#limits.knownOpenMs;
    Object.assign(known, { openUntil, rejects, failures: 0, isTrusted: false });
    known.rejected.clear();
  }

  #of(endpoint: Endpoint): Known {
    const id = endpointIdOf(endpoint);
    const found = this.#known.get(id);
    if (found) return found;
    const idle = [...this.#known].find(([, { running }]) => running === 0);
    if (this.#known.size >= maxKnown && idle) this.#known.delete(idle[0]);
    const known: Known = {
      ...{ failures: 0, rejected: new Set<string>(), openUntil: 0, rejects: false, isTrusted: false },
      ...{ running: 0, waiting: [] },
    };
    this.#known.set(id, known);
    return known;
  }
}
