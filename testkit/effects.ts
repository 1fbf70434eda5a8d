import type { JobStatus } from '../shared/domain/state/job/transitions.ts';

/**
 * What a handler does outside its job: a payment, a mail, a row in a table. A test declares each effect, with how often
 * it may happen although the job is interrupted, and a stand-in for the service. The handler gets the effects as
 * functions.
 */

/** How often an effect may happen. */
export type Frequency =
  /** As often as in the undisturbed run, wherever the job is interrupted. */
  | 'once'
  /** Not less often than in the undisturbed run. */
  | 'atLeastOnce'
  /** The service knows a repeated request by its key, and answers it as it did the first time. */
  | 'keyed'
  /** Not checked: it only reads, or it tidies up. */
  | 'anyNumber';

/** An effect as a test declares it. */
export interface Effect<Arguments extends readonly unknown[] = never[], Result = unknown> {
  readonly frequency: Frequency;
  readonly call: (...all: Arguments) => Result | Promise<Result>;
  /** Of a keyed effect. A request without a key counts as with `once`. */
  readonly keyOf?: (...all: Arguments) => string | undefined;
}

/** The effects of a job type, by name. */
export type Effects = Readonly<Record<string, Effect>>;

/** What the handler gets: one function for each effect. */
export type EffectCalls<All extends Effects> = {
  readonly [Name in keyof All]: All[Name] extends Effect<infer Arguments, infer Result>
    ? (...all: Arguments) => Promise<Awaited<Result>>
    : never;
};

/** The time of a run, epoch milliseconds. */
export interface OutsideClock {
  now(): number;
}

/** What is outside of a job: its effects, and a check of what they came to. */
export interface Outside<All extends Effects = Effects> {
  readonly effects: All;
  /** @param status how the job has ended @returns what is wrong then, if anything is */
  readonly fault: (status: JobStatus) => string | undefined;
}

type Call<Arguments extends readonly unknown[], Result> = (...all: Arguments) => Result | Promise<Result>;

/** Happens exactly once, as a mail must that nobody wants twice. @param call stands in for the service */
export const once = <Arguments extends readonly unknown[], Result>(
  call: Call<Arguments, Result>,
): Effect<Arguments, Result> => ({ frequency: 'once', call });

/** Happens at least once, and a repetition does no harm. @param call stands in for the service */
export const atLeastOnce = <Arguments extends readonly unknown[], Result>(
  call: Call<Arguments, Result>,
): Effect<Arguments, Result> => ({ frequency: 'atLeastOnce', call });

/**
 * Is made to a service that takes an idempotency key. A repeated key has no second effect, and gets the first answer.
 * @param keyOf the key in a request, if it has one @param call stands in for the service; called once for each key, and
 * for each request without one
 */
export const keyedBy = <Arguments extends readonly unknown[], Result>(
  keyOf: (...all: Arguments) => string | undefined,
  call: Call<Arguments, Result>,
): Effect<Arguments, Result> => ({ frequency: 'keyed', keyOf, call });

/** Changes nothing, as a look-up does, or tidies up. @param call stands in for the service */
export const anyNumber = <Arguments extends readonly unknown[], Result>(
  call: Call<Arguments, Result>,
): Effect<Arguments, Result> => ({ frequency: 'anyNumber', call });
