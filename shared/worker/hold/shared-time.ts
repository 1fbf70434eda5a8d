import type { Clock } from '../../domain/base/ports.ts';

/**
 * The time of a process that runs several jobs: each moment is divided by the jobs that run then. So the parts of all
 * jobs together are the time in which any of them ran.
 */
export class SharedTime {
  readonly #clock: Pick<Clock, 'now'>;
  #running = 0;
  #part = 0;
  #at = 0;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** @returns to be called once at the job's end: its part of the time since, in milliseconds */
  begin(): () => number {
    const before = this.#change(1);
    return () => this.#change(-1) - before;
  }

  /** @returns the part of a job that would have run since the beginning */
  #change(by: number): number {
    const now = this.#clock.now();
    if (this.#running > 0) this.#part += Math.max(0, now - this.#at) / this.#running;
    this.#at = now;
    this.#running += by;
    return this.#part;
  }
}
