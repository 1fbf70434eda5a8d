import { LimitExceededError } from './limit-error.ts';
import { type AnyRate, type RateName, savedUpOf, windowSecondsOf } from './limits.ts';

/*
 * The rate of a tenant is one number: the theoretical arrival time, up to when all that came in would have come one
 * after another, each its interval after the one before (GCRA). Something may come in if this time is then a window
 * ahead at most. So a tenant that has sent nothing for a minute may send all jobs of a minute at once.
 *
 * The time is in epoch microseconds. In milliseconds, an interval of less than one would be none; and a fraction would
 * not be exact.
 */

export interface Rate {
  readonly limit: AnyRate;
  /** So many in a window. */
  readonly max: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** That of a limit of a tenant. */
export interface RateOfLimit extends Rate {
  readonly limit: RateName;
}

interface Wanting extends Rate {
  readonly wanted: number;
  readonly isWhole?: true;
}

export const microsOf = (epochMs: number): number => Math.round(epochMs * 1000);

const windowMicrosOf = (limit: AnyRate): number => windowSecondsOf(limit) * 1_000_000;

/** How far so many move the theoretical arrival time. */
export const distanceOf = (amount: number, { limit, max }: Omit<Rate, 'now'>): number =>
  Math.floor((amount * windowMicrosOf(limit)) / max);

type Max = Omit<Rate, 'now'>;

/** How many may come in at once. */
const burstOf = ({ limit, max }: Max): number => savedUpOf(limit) ?? max;

/**
 * By how much the theoretical arrival time may be behind before it begins anew: a tenth of what may be saved up, where
 * processes take many at a time. Without that, a rate that is rarely used up begins anew at each write, and of two
 * processes one always writes in vain.
 */
const lagOf = (rate: Max): number => distanceOf((savedUpOf(rate.limit) ?? 0) / 10, rate);

/** How far the theoretical arrival time may be ahead. With what it may be behind, that is what may be saved up. */
function aheadOf(rate: Max): number {
  const savedUp = savedUpOf(rate.limit);
  return savedUp === undefined ? windowMicrosOf(rate.limit) : distanceOf(savedUp, rate) - lagOf(rate);
}

/** A theoretical arrival time that is not later than this one is over: it begins anew. */
export const overAt = (rate: Rate): number => microsOf(rate.now) - lagOf(rate);

/** From where a theoretical arrival time moves on. */
export const baseOf = (arrivesAt: number, rate: Rate): number =>
  arrivesAt > overAt(rate) ? arrivesAt : microsOf(rate.now);

/** For how long a theoretical arrival time can be ahead. */
export const aheadSecondsOf = (rate: Max): number => Math.ceil(aheadOf(rate) / 1_000_000);

/** Up to when the theoretical arrival time may be before so many come in. */
export const latestBefore = (amount: number, rate: Rate): number =>
  microsOf(rate.now) + aheadOf(rate) - distanceOf(amount, rate);

/** How many may come in, `arrivesAt` being the theoretical arrival time. */
export function roomFor(arrivesAt: number, rate: Rate): number {
  const { limit, max, now } = rate;
  const left = microsOf(now) + aheadOf(rate) - baseOf(arrivesAt, rate);
  return Math.min(burstOf(rate), Math.max(0, Math.floor((left * max) / windowMicrosOf(limit))));
}

/** The items that have how many requests tenants have made. */
export const requestRateItems = 'rate/requestsPerSecond/*';

/** How far charges move the theoretical arrival time at most. */
export const latestCharged = ({ limit, now }: Rate): number => microsOf(now) + 2 * windowMicrosOf(limit);

/** TTL may be late, and the clocks of functions differ. */
const keepRatesSeconds = 3_600;

/** Epoch seconds: when a rate expires that goes so many windows ahead at most. */
export const rateExpiresAt = (rate: Rate, windows: number): number =>
  Math.ceil(rate.now / 1000) + windows * aheadSecondsOf(rate) + keepRatesSeconds;

/** How many of those that want to come in do so. */
export function fitting(arrivesAt: number, { wanted, isWhole, ...rate }: Wanting): number {
  const room = roomFor(arrivesAt, rate);
  if (isWhole) return wanted <= room ? wanted : 0;
  return Math.min(wanted, room);
}

/** Why the next ones do not come in, and when they would. */
export const refusalOf = (arrivesAt: number, rate: RateOfLimit, wanted = 1): LimitExceededError =>
  new LimitExceededError({
    limit: rate.limit,
    max: rate.max,
    windowSeconds: windowSecondsOf(rate.limit),
    retryAfterSeconds: Math.max(1, Math.ceil((arrivesAt - latestBefore(wanted, rate)) / 1_000_000)),
  });
