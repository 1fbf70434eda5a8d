import { setImmediate } from 'node:timers/promises';

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** When a run begins, unless it says otherwise. */
export const startOfTime = Date.UTC(2026, 0, 1);
const defaultMaxDays = 40;
const dayMs = 24 * 3600 * 1000;
const defaultMaxSteps = 30_000;

/** The system still has something to do after so long. */
export class Restless extends Error {
  override readonly name = 'Restless';
  readonly invariant = 'the system comes to rest';
}

/** A virtual clock. It moves only when nothing is left to do at the present instant. */
export class VirtualTime {
  now: number;
  /** How often something happened. */
  steps = 0;
  readonly #timers: Timer[] = [];
  readonly #maxSteps: number;
  readonly #maxDays: number;
  readonly #start: number;

  constructor(maxSteps = defaultMaxSteps, { maxDays = defaultMaxDays, start = startOfTime } = {}) {
    this.#maxSteps = maxSteps;
    this.#maxDays = maxDays;
    this.#start = start;
    this.now = start;
  }

  /** Calls `fire` after so many virtual milliseconds. @returns a function that calls it off */
  after(milliseconds: number, fire: () => void): () => void {
    const timer = { at: this.now + Math.max(0, milliseconds), fire };
    this.#insert(timer);
    return () => {
      const found = this.#timers.indexOf(timer);
      if (found >= 0) this.#timers.splice(found, 1);
    };
  }

  /**
   * Keeps them in order: by time, and at the same time in the order in which they were made. The next one is the last
   * of the list: most new timers are due soon, and then few others have to move.
   */
  #insert(timer: Timer): void {
    const timers = this.#timers;
    let index = timers.length;
    for (let sooner = timers[index - 1]; sooner && sooner.at <= timer.at; sooner = timers[index - 1]) {
      timers[index] = sooner;
      index -= 1;
    }
    timers[index] = timer;
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  /** Like `pause`, but resolves as soon as the signal is aborted. */
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        callOff();
        resolve();
      };
      // A job may sleep hundreds of times, always with the same signal.
      const callOff = this.after(milliseconds, () => {
        signal?.removeEventListener('abort', wake);
        resolve();
      });
      signal?.addEventListener('abort', wake);
    });
  }

  /** A stream may take several ticks, and then there may be a timer again. */
  async #lastTimer(): Promise<Timer | undefined> {
    await setImmediate();
    return this.#timers.pop();
  }

  /** Runs until nothing is scheduled any more. `step` is called whenever the present instant is exhausted. */
  async run(step: () => void): Promise<void> {
    for (;;) {
      await reactions();
      step();
      const next = this.#timers.pop() ?? (await this.#lastTimer());
      if (!next) return;
      this.#fire(next);
    }
  }

  /** Moves to the next timer, and fires it. @returns whether there was one */
  fireNext(): boolean {
    const next = this.#timers.pop();
    if (next) this.#fire(next);
    return next !== undefined;
  }

  #fire({ at, fire }: Timer): void {
    this.steps += 1;
    if (this.steps > this.#maxSteps) throw new Restless(`${this.#maxSteps} steps`);
    if (at - this.#start > this.#maxDays * dayMs) throw new Restless(`${this.#maxDays} virtual days`);
    this.now = at;
    fire();
  }
}

/**
 * All promise reactions run before the next tick, and nothing here does real I/O. A turn of the event loop is slower.
 */
const reactions = () => new Promise<void>((resolve) => process.nextTick(resolve));
