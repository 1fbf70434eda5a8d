import { figureOf } from './limits.ts';

const first = figureOf('firstPollers');
const eachSecond = figureOf('morePollers') / 60;

/**
 * The batches that Lambda reads from a queue at a time: five at first, 300 more a minute while messages are left, up to the maximum
 * of the mapping. AWS does not say how fast it goes back to five: here as fast as it came.
 */
export class Pollers {
  readonly #most: number;
  #now: number;

  constructor(maximum: number) {
    this.#most = Math.min(maximum, figureOf('mappingMaximum'));
    this.#now = Math.min(first, this.#most);
  }

  get now(): number {
    return this.#now;
  }

  get isAtMost(): boolean {
    return this.#now >= this.#most;
  }

  /** @param left whether messages are left after a second @param needed how many full batches there were at a time */
  turn(left: boolean, needed: number): void {
    this.#now = left
      ? Math.min(this.#most, this.#now + eachSecond)
      : Math.min(this.#most, Math.max(first, needed, this.#now - eachSecond));
  }
}

/** The requests that API Gateway lets in: so many a second, and so many more after a quiet time. */
export class Bucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;

  constructor(rate: number, burst: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
  }

  get room(): number {
    return Math.min(this.#tokens + this.#rate, Math.max(this.#burst, this.#rate));
  }

  take(requests: number): void {
    this.#tokens = Math.min(this.#burst, this.room - requests);
  }
}
