import { setImmediate, setTimeout } from 'node:timers/promises';
import { Restless, type VirtualTime } from './virtual-time.ts';

export interface Passing {
  readonly time: VirtualTime;
  readonly isAtRest: () => boolean;
  /** Whether something goes on in real time, such as reading a stream: virtual time must not move meanwhile. */
  readonly isBusy: () => boolean;
  /** Told after each turn of the event loop how long it took. */
  readonly onTurn: (milliseconds: number) => void;
}

/** Who does nothing for so long waits for something that never comes. */
const maxIdleMs = 30_000;
/** Most real work is over after a few turns of the event loop. */
const spinMs = 2;

/**
 * Lets virtual time pass until nothing is left to happen.
 * @throws Restless if nothing happens any more, or without an end
 */
export async function letTimePass({ time, isAtRest, isBusy, onTurn }: Passing): Promise<void> {
  let idleSince = performance.now();
  for (;;) {
    const turnedAt = performance.now();
    await setImmediate();
    const now = performance.now();
    onTurn(now - turnedAt);
    if (isAtRest()) return;
    if (isBusy()) {
      if (now - idleSince > maxIdleMs) throw new Restless(`no call for ${maxIdleMs / 1000} s`);
      if (now - idleSince > spinMs) await setTimeout(1);
      continue;
    }
    idleSince = now;
    if (!time.fireNext()) throw new Restless('nothing is left to happen');
  }
}
