import { asError } from '../domain/base/errors.ts';
import type { Clock, Log, Random } from '../domain/base/ports.ts';
import { type Breaker, breakerWrite, noPass, type Speed } from '../domain/notify/breaker.ts';
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
 * Who has waited for so long for a place among the attempts at an endpoint makes none: a second slow answer after the
 * first one would hold the invocation for twice as long, and the notifications of others wait for invocations.
 */
const maxPlaceWaitMs = 2_000;

/** An answer that takes longer is slow. */
const maxQuickMs = 2_000;

const minuteMs = 60_000;
/**
 * By what was noted, and how an endpoint has answered now: how old the note must be, so that the answer is noted. One
 * that is slow now and then does not go to and fro, and the note of one that stays as it is does not expire.
 */
const noteAfterMs: Readonly<Record<Speed, Readonly<Record<Speed, number>>>> = {
  quick: { quick: 8 * 24 * 60 * minuteMs, slow: 0 },
  slow: { quick: 10 * minuteMs, slow: 5 * minuteMs },
};

/** For how long a process takes it for true that nobody knows how fast an endpoint answers. */
const knownUnprovenMs = 1_000;

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
  /** How fast it answered, and when that was noted. */
  speed?: { readonly of: Speed; readonly at: number } | undefined;
  /** Until then nobody needs to read the speed again, epoch milliseconds. */
  speedUntil: number;
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

/**
 * What stays the same when an endpoint turns out to be down that has rejected notifications: who tries it, and when.
 */
const factsOf = ({ pass, failures, nextAt, since, holder }: Breaker) => ({
  pass,
  failures,
  nextAt,
  since,
  holder,
});

/** @returns undefined if it says nothing: the endpoint was not asked, or seems to be down, and may hang soon */
function speedOf(attempt: Attempt, tookMs: number): Speed | undefined {
  if (attempt.kind === 'postponed' || attempt.kind === 'impossible') return undefined;
  if (tookMs > maxQuickMs) return 'slow';
  return attempt.kind === 'failed' && attempt.isDown ? undefined : 'quick';
}

/**
 * What a process knows of endpoints. It reads the breaker of an endpoint before its first attempt there, and again only
 * after an attempt has failed, or to know how fast it answers.
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
   * Whether an attempt may hold its invocation for long: nobody has noted that the endpoint answers quickly. One that
   * is down gets no attempt.
   * @throws StoreUnavailableError, NewerVersionError
   */
  async mayBeSlow(endpoint: Endpoint): Promise<boolean> {
    const known = this.#of(endpoint);
    if (!this.isKnownOpen(endpoint) && this.#deps.clock.now() >= known.speedUntil)
      await this.#look(endpoint, known);
    if (this.isKnownOpen(endpoint)) return known.rejects;
    return known.speed?.of !== 'quick';
  }

  /**
   * Makes an attempt at an endpoint, unless it is known to be down. Some at a time are made, and if too many in a row
   * fail, the breaker opens.
   * @param key of the notification
   * @returns `open`: it is down. `busy`: it answers slowly, and its turn has not come; nothing was sent
   * @throws StoreUnavailableError, NewerVersionError, and what `notify` throws
   */
  async attempt(
    endpoint: Endpoint,
    notify: () => Promise<Attempt>,
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
      const beganAt = clock.now();
      const attempt = await notify();
      const tookMs = clock.now() - beganAt;
      await this.#note(endpoint, attempt, key);
      const speed = speedOf(attempt, tookMs);
      if (speed) await this.#noteSpeed(endpoint, speed);
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
    if (!this.isKnownOpen(endpoint) && !known.isTrusted) await this.#look(endpoint, known);
    return this.isKnownOpen(endpoint) && !known.rejects;
  }

  async #look(endpoint: Endpoint, known: Known): Promise<Breaker | undefined> {
    const breaker = await this.readFresh(endpoint);
    const { speed, since = 0 } = breaker ?? {};
    known.speed = speed && { of: speed, at: since };
    known.speedUntil = this.#deps.clock.now() + (speed ? this.#limits.knownOpenMs : knownUnprovenMs);
    if (breaker?.state === 'open') this.#rememberOpen(known, breaker);
    else known.isTrusted = true;
    return breaker;
  }

  /** Notes how fast an endpoint has answered, if that is news. It is a hint: an attempt does not fail by it. */
  async #noteSpeed(endpoint: Endpoint, of: Speed): Promise<void> {
    const { endpoints, clock, log } = this.#deps;
    const known = this.#of(endpoint);
    const now = clock.now();
    const isNews = () => known.speed === undefined || now >= known.speed.at + noteAfterMs[known.speed.of][of];
    if (this.isKnownOpen(endpoint) || !isNews()) return;
    try {
      const { state = 'closed', pass = noPass } = (await this.#look(endpoint, known)) ?? {};
      if (state !== 'closed' || !isNews()) return;
      // Others that have waited for the same read find it noted.
      known.speed = { of, at: now };
      const isNoted = await endpoints.write(
        breakerWrite(of, { endpoint, pass, now, failures: 0, speed: of }),
      );
      if (!isNoted) known.speed = undefined;
    } catch (thrown) {
      known.speed = undefined;
      log.warn('the speed of an endpoint was not noted', { ...endpoint, error: asError(thrown) });
    }
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
    Object.assign(known, { openUntil, rejects, failures: 0, isTrusted: false, speed: undefined });
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
      ...{ speedUntil: 0, running: 0, waiting: [] },
    };
    this.#known.set(id, known);
    return known;
  }
}
