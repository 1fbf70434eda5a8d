import type { LetIn } from '../../shared/domain/access/ports.ts';
import { asError } from '../../shared/domain/base/errors.ts';

interface Asking {
  readonly position: number;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Lets jobs in that are submitted at the same time, by one write for all of them. It waits until each job either asks, or is known not to:
 * so a job that is replayed, or not valid, uses up nothing. If there is no room for all, the first ones come in.
 */
export class SharedDoor {
  readonly #letIn: (wanted: number) => Promise<LetIn>;
  /** The jobs that have neither asked nor left. */
  readonly #expected: Set<number>;
  readonly #asking: Asking[] = [];

  constructor(positions: readonly number[], letIn: (wanted: number) => Promise<LetIn>) {
    this.#expected = new Set(positions);
    this.#letIn = letIn;
  }

  /** Asks for the job at this position. @throws LimitExceededError, StoreUnavailableError */
  enter(position: number): Promise<void> {
    return new Promise((enter, refuse) => {
      this.#asking.push({ position, enter, refuse });
      this.leave(position);
    });
  }

  /** The job at this position does not ask any more. */
  leave(position: number): void {
    if (this.#expected.delete(position) && this.#expected.size === 0) void this.#open();
  }

  async #open(): Promise<void> {
    const asking = this.#asking.toSorted((one, other) => one.position - other.position);
    if (asking.length === 0) return;
    try {
      const { taken, refusal } = await this.#letIn(asking.length);
      for (const [index, { enter, refuse }] of asking.entries())
        if (index < taken || !refusal) enter();
        else refuse(refusal);
    } catch (thrown) {
      for (const { refuse } of asking) refuse(asError(thrown));
    }
  }
}
