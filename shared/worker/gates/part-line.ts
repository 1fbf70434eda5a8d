import { asError } from '../../domain/base/errors.ts';

/** A call that a part limits. Its signal ends it. */
export type Call<Result> = (signal: AbortSignal) => Result | Promise<Result>;

/** Makes a call that may begin. */
export type Caller = <Result>(call: Call<Result>) => Promise<Result>;

/** Where the calls of a part wait. */
export interface PartLine {
  /** @returns who makes the call; undefined if it may not begin soon */
  take(): Promise<Caller | undefined>;
  /** Takes the turn behind all that wait. @returns its time */
  join(): Promise<number>;
}

/** @throws the reason of a signal that is aborted */
export function requireWanted(signal: AbortSignal): void {
  if (signal.aborted) throw asError(signal.reason);
}
