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

export const standingIn = (): Within | undefined => scope.getStore();

/** Lets virtual time pass, within a stand-in. @throws Error where no job is tested: there is none */
export async function waitInStandIn(milliseconds: number): Promise<void> {
  const within = scope.getStore();
  if (!within) throw new Error('only within a test of a job can a stand-in wait');
  const { attempt, watching } = within;
  attempt.standInsInterrupted += 1;
  await watching.time.pause(milliseconds);
  await attempt.process.alive();
  attempt.standInsInterrupted -= 1;
}

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
