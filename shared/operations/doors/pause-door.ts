import { asError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import {
  isAnyRefusing,
  type PausableJob,
  type PausesByName,
  refusingPauseOf,
} from '../../domain/state/limits/pause.ts';
import type { Pauses } from '../../domain/state/limits/pauses.ts';
import { maxPausesAgeMs } from '../../domain/state/limits/recent-pauses.ts';
import { SubmissionsPausedError } from '../../domain/state/limits/submissions-paused-error.ts';

interface PauseDoorDependencies {
  readonly pauses: Pick<Pauses, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'error'>;
}

/**
 * What was read so long ago counts while it is read anew, if it refuses nobody. The list of the suspended tenants is
 * read again at the same age, and waited for: so no submission waits for a read that it would not wait for anyway.
 */
const maxAgeBesideMs = 30_000;
/** A pause may be resumed before its time. */
const maxRetryAfterMs = 5 * 60_000;

/**
 * Refuses submissions of what is paused, if the pause says so. The pauses are read every three seconds at most, while
 * there are submissions. If they cannot be read, those that were read last count: what is let in by mistake is held all
 * the same.
 */
export class PauseDoor {
  readonly #deps: PauseDoorDependencies;
  #known: PausesByName = new Map();
  #knownAt = Number.NEGATIVE_INFINITY;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading = Promise.resolve();

  constructor(deps: PauseDoorDependencies) {
    this.#deps = deps;
  }

  /** To be called beside what a submission reads first. Never rejects. */
  async look(): Promise<void> {
    const now = this.#deps.clock.now();
    if (Math.abs(now - this.#knownAt) < maxPausesAgeMs) return;
    if (Math.abs(now - this.#readAt) >= maxPausesAgeMs) {
      this.#readAt = now;
      this.#reading = this.#read(now);
    }
    const isOld = Math.abs(now - this.#knownAt) >= maxAgeBesideMs;
    if (isOld || isAnyRefusing(this.#known, now)) await this.#reading;
  }

  /** @throws SubmissionsPausedError */
  refuse(job: PausableJob): void {
    const now = this.#deps.clock.now();
    const found = refusingPauseOf(job, this.#known, now);
    if (!found) return;
    const leftMs = Math.min((found.until ?? Infinity) - now, maxRetryAfterMs);
    throw new SubmissionsPausedError({ ...found, retryAfterSeconds: Math.ceil(leftMs / 1000) });
  }

  /** A process may stand still between the two: an answer is as old as its question. */
  async #read(askedAt: number): Promise<void> {
    const { pauses, log } = this.#deps;
    try {
      const known = await pauses.read();
      if (askedAt < this.#knownAt) return;
      this.#known = known;
      this.#knownAt = askedAt;
    } catch (thrown) {
      log.error('pauses not read', { error: asError(thrown) });
    }
  }
}
