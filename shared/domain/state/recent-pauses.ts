import type { Clock } from '../base/ports.ts';
import type { Pauses, PausesByName } from './pause.ts';

/** A pause counts within so long: one read in that time, whatever number of jobs a process has. */
export const maxPausesAgeMs = 3_000;

interface RecentPausesDependencies {
  readonly pauses: Pick<Pauses, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The pauses as they were at most three seconds ago. Who cannot read them starts nothing: they are in the table that each claim
 * needs, too.
 */
export class RecentPauses {
  readonly #deps: RecentPausesDependencies;
  #reading: Promise<PausesByName> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(deps: RecentPausesDependencies) {
    this.#deps = deps;
  }

  /** @throws StoreUnavailableError */
  read(): Promise<PausesByName> {
    const { pauses, clock } = this.#deps;
    const now = clock.now();
    if (this.#reading === undefined || Math.abs(now - this.#readAt) >= maxPausesAgeMs) {
      this.#readAt = now;
      this.#reading = pauses.read().catch((error: unknown) => {
        this.#reading = undefined;
        throw error;
      });
    }
    return this.#reading;
  }
}
