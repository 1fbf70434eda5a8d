import type { Frequency } from '../effects.ts';

/** An effect that happened. */
export interface Happening {
  readonly name: string;
  readonly frequency: Frequency;
  readonly arguments: readonly unknown[];
  /** What was asked for, as a text. */
  readonly request: string;
  /** Of a keyed effect. */
  readonly key?: string;
}

/** A request as a text: without a signal, and without the fencing token, which differs from attempt to attempt. */
export function requestText(all: readonly unknown[]): string {
  const kept = (key: string, value: unknown): unknown =>
    key === 'fencingToken' || value instanceof AbortSignal
      ? undefined
      : typeof value === 'bigint'
        ? `${value}n`
        : value;
  return JSON.stringify(
    all.filter((one) => !(one instanceof AbortSignal)),
    kept,
  );
}
