import type { SimulatedQueue } from './simulated-queue.ts';

/** The receives that wait for a message, as SQS holds them. A message that becomes visible answers one of them. */
export class LongPolls {
  readonly #queue: SimulatedQueue;
  readonly #waiting = new Set<() => void>();
  /** How many have been told of a message, and have not received it yet. */
  #answered = 0;

  constructor(queue: SimulatedQueue) {
    this.#queue = queue;
    queue.addReceiver(() => this.#answer());
  }

  /** @returns whether there is a message. Otherwise the signal was aborted first. Then `done` must not be called */
  wait(over: AbortSignal): Promise<boolean> {
    if (over.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const answer = () => {
        this.#waiting.delete(answer);
        this.#answered += 1;
        resolve(true);
      };
      this.#waiting.add(answer);
      over.addEventListener('abort', () => {
        if (this.#waiting.delete(answer)) resolve(false);
      });
      this.#answer();
    });
  }

  /** Called when a receive that was told of a message has ended, however it ended. */
  done(): void {
    this.#answered -= 1;
    this.#answer();
  }

  #answer(): void {
    for (const answer of this.#waiting) {
      if (this.#queue.visible <= this.#answered) return;
      answer();
    }
  }
}
