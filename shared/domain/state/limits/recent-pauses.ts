import type { Clock } from '../../base/ports.ts';
import type { PausesByName } from './pause.ts';
import type { Pauses } from './pauses.ts';

/** A pause counts within so long: one read in that time, whatever number of jobs a process has. */
export const maxPausesAgeMs = 3_000;
/** Who asks later than this has the next read begun, and does not wait for it. */
const readAheadAfterMs = 2_000;

interface RecentPausesDependencies {
  readonly pauses: Pick<Pauses, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
}

interface Reading {
  /** When it began, epoch milliseconds: what it finds is not newer. */
  readonly at: number;
  readonly found: Promise<PausesByName>;
}

const isWithin = (reading: Reading | undefined, ms: number, now: number): reading is Reading =>
  reading !== undefined && Math.abs(now - reading.at) < ms;

/**
 * The pauses as they were at most three seconds ago. Who cannot read them starts nothing: they are in the table that
 * each claim needs, too. A process that is busy reads them ahead, so that no batch waits for them (ADR 124).
 */
export class RecentPauses {
  readonly #deps: RecentPausesDependencies;
  #reading: Reading | undefined;
  /** What takes its place as soon as it is answered. */
  #ahead: Reading | undefined;

  constructor(deps: RecentPausesDependencies) {
    this.#deps = deps;
  }

  /** @throws StoreUnavailableError */
  read(): Promise<PausesByName> {
    const now = this.#deps.clock.now();
    if (!isWithin(this.#reading, maxPausesAgeMs, now)) {
      this.#reading = isWithin(this.#ahead, maxPausesAgeMs, now) ? this.#ahead : this.#begin(now);
      this.#ahead = undefined;
    } else if (!isWithin(this.#reading, readAheadAfterMs, now)) this.#readAhead(now);
    return this.#reading.found;
  }

  #readAhead(now: number): void {
    if (isWithin(this.#ahead, readAheadAfterMs, now)) return;
    const ahead = this.#begin(now);
    this.#ahead = ahead;
    const take = () => {
      if (this.#ahead === ahead) [this.#reading, this.#ahead] = [ahead, undefined];
    };
    // One that fails leaves those that are known until they are too old.
    ahead.found.then(take, () => undefined);
  }

  #begin(now: number): Reading {
    const reading = { at: now, found: this.#deps.pauses.read() };
    reading.found.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
      if (this.#ahead === reading) this.#ahead = undefined;
    });
    return reading;
  }
}
