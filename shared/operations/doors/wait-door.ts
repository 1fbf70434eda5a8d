import { LimitExceededError } from '../../domain/access/limit-error.ts';
import type { OpenWaits } from '../../domain/access/open-waits.ts';
import { asError } from '../../domain/base/errors.ts';
import type { Clock, Log, Random } from '../../domain/base/ports.ts';
import { maxOf, type WhatIsSaid } from './tenant-door.ts';

interface WaitDoorDependencies extends WhatIsSaid {
  readonly waits: OpenWaits;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'uuid'>;
  readonly log: Pick<Log, 'warn'>;
}

/** Others may take a place between the removal of waits that have crashed and the next try. */
const maxTries = 3;
/** When a wait ends, nobody knows. */
const retryAfterSeconds = 5;
/** The clocks of functions differ, and a wait ends a moment after its time. */
const slackMs = 5_000;

/**
 * Lets so many requests of a tenant wait at a time: each holds an invocation. A wait is one write when it begins, and
 * one when it is over. One that has crashed is removed when its place is asked for and its time is over. A tenant
 * without the limit costs no call.
 */
export class WaitDoor {
  readonly #deps: WaitDoorDependencies;

  constructor(deps: WaitDoorDependencies) {
    this.#deps = deps;
  }

  /**
   * @returns what says that the wait is over, which never rejects; undefined without a limit
   * @throws LimitExceededError, StoreUnavailableError
   */
  async enter(tenant: string, seconds: number): Promise<(() => Promise<void>) | undefined> {
    const { waits, clock, random, log } = this.#deps;
    const limit = 'waitsAtOnce';
    const max = await maxOf(tenant, limit, this.#deps);
    if (max === undefined) return undefined;
    const wait = { id: random.uuid().slice(0, 8), until: clock.now() + seconds * 1000 + slackMs };
    for (let tries = 1; tries <= maxTries; tries += 1) {
      if (await waits.add(tenant, wait, max))
        return () =>
          // If that fails, its place is free when its time is over.
          waits.remove(tenant, [wait]).catch((error: unknown) => {
            log.warn('wait not removed', { error: asError(error), tenant });
          });
      const crashed = (await waits.read(tenant)).filter(({ until }) => until <= clock.now());
      if (crashed.length === 0) break;
      await waits.remove(tenant, crashed);
    }
    throw new LimitExceededError({ limit, max, retryAfterSeconds });
  }
}
