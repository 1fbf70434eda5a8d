import { maxRunning } from '../domain/state/limits/place.ts';

/** What is limited, whatever the type of the jobs. */
interface Limited<Payload> {
  /**
   * A text is one key for the whole stage, whatever the tenant of the jobs. What follows from the payload is a key for
   * each tenant: two tenants may call two things by one name. Without a text the job has no limit. It has up to 100
   * characters, and who may see the job sees it.
   */
  readonly key: string | KeyOf<Payload>;
  /** Set if what follows from the payload is one key for all tenants, as a text is. */
  readonly acrossTenants?: true;
}

/** How often jobs may start, so that what they call is not called too often. */
export interface WorkLimit<Payload = unknown> extends Limited<Payload> {
  /** So many attempts start in a second: up to 1,000. With 0.1 it is one in ten seconds. */
  readonly perSecond: number;
  /** How many may start at once when none has started for a while. Default: 1. */
  readonly burst?: number;
  /**
   * Only a part can be strict: an attempt has no one answer that the next start could wait for. Limit the call itself,
   * with `job.limit`.
   */
  readonly spacing?: never;
}

/** How often a handler may make a call. */
export type PartLimit<Payload = unknown> = WorkLimit<Payload> | StrictLimit<Payload>;

/**
 * One call is made at a time, and the next one begins the distance, 1 / `perSecond` seconds, after the *answer* to the
 * one before. So no two calls arrive nearer to each other than that, whatever was delayed on the way: for an API that
 * bans who sends one too many (docs/limit-work.md).
 */
export interface StrictLimit<Payload = unknown> extends Limited<Payload> {
  readonly spacing: 'strict';
  /** Up to 1,000: as many as the API takes, with no margin. As each call takes time, there are fewer. */
  readonly perSecond: number;
  /**
   * How many seconds a call may take, 1 to 600. Default: 30. What takes longer is given up. A worker that dies in its
   * call stops the others for this time and 15 seconds more.
   */
  readonly answerWithinSeconds?: number;
  /** A strict line has none. */
  readonly burst?: never;
}

/** How many jobs may run at once, so that what they call has not too much to do. */
export interface RunningLimit<Payload = unknown> extends Limited<Payload> {
  /** So many attempts run at once: 1 to 100. */
  readonly running: number;
}

// As a method, so that a contract of one payload is a contract of any.
type KeyOf<Payload> = {
  of(payload: Payload, job: { readonly tenant: string }): string | undefined;
}['of'];

/** So many writes an item of the table takes in a second. */
const maxPerSecond = 1_000;
const maxBurst = 10_000;
/** Less often, and a schedule serves better. */
const minPerSecond = 1 / 86_400;
export const maxKeyLength = 100;
/** Each costs a write for each attempt. */
const maxLimits = 5;

/** @throws RangeError for limits that no worker can keep */
export function requireLimits(limits: readonly (PartLimit | RunningLimit)[] = []): void {
  if (limits.length > maxLimits) throw new RangeError(`a type has ${maxLimits} limits at most`);
  for (const { key } of limits)
    if (typeof key === 'string' && !isKey(key))
      throw new RangeError(`the key of a limit must have 1 to ${maxKeyLength} characters`);
  requireRates(ratesOf(limits));
  for (const { running } of limits.filter(isOfRunning))
    if (!(Number.isInteger(running) && running >= 1 && running <= maxRunning))
      throw new RangeError(`running must be a whole number from 1 to ${maxRunning}`);
}

export const isOfRunning = <Payload>(
  limit: PartLimit<Payload> | RunningLimit<Payload>,
): limit is RunningLimit<Payload> => 'running' in limit;

/** Those of starts. */
export const ratesOf = (limits: readonly (PartLimit | RunningLimit)[] = []): readonly PartLimit[] =>
  limits.flatMap((limit) => (isOfRunning(limit) ? [] : [limit]));

function requireRates(limits: readonly PartLimit[]): void {
  const texts = limits.map(({ key }) => key).filter((key) => typeof key === 'string');
  if (new Set(texts).size < texts.length)
    throw new RangeError('the limits of starts of a type must have a key each');
  for (const { perSecond, burst = 1 } of limits) {
    if (!(perSecond >= minPerSecond && perSecond <= maxPerSecond))
      throw new RangeError(`perSecond must be at least one a day, and at most ${maxPerSecond}`);
    if (!(Number.isInteger(burst) && burst >= 1 && burst <= maxBurst))
      throw new RangeError(`burst must be a whole number from 1 to ${maxBurst}`);
  }
}

export const isKey = (key: string): boolean => key.length >= 1 && key.length <= maxKeyLength;
