import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from './play/attempt.ts';
import { makeCall, type Watching } from './play/watch-calls.ts';

/** Whose stand-in makes calls of its own. */
export interface Within {
  readonly attempt: Attempt;
  readonly watching: Watching;
}

const scope = new AsyncLocalStorage<Within>();

/** Runs a stand-in, with all that it starts. */
export const inStandIn = <T>(within: Within, run: () => T): T => scope.run(within, run);

/**
 * One of several calls that a stand-in makes, such as a statement of an adapter: the job is interrupted there, too.
 * Where no job is tested, the call is just made.
 * @param name in reports @param perform makes the call
 */
export function innerCall<T>(name: string, perform: () => T | Promise<T>): Promise<T> {
  const within = scope.getStore();
  const start = async () => perform();
  return within ? makeCall({ what: 'inner', name }, start, within) : start();
}
