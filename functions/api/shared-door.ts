import type { LimitExceededError } from '../../shared/domain/access/limit-error.ts';
import type { JobAtTheDoor } from '../../shared/domain/access/ports.ts';
import { asError } from '../../shared/domain/base/errors.ts';

/** @returns for each job why it does not come in; undefined if it does */
type LetIn = (jobs: readonly JobAtTheDoor[]) => Promise<readonly (LimitExceededError | undefined)[]>;

interface Asking {
  readonly position: number;
  readonly job: JobAtTheDoor;
  readonly enter: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * Lets jobs in that are submitted at the same time, by one write for all of them. It waits until each job either asks,
 * or is known not to: so a job that is replayed, or not valid, uses up nothing. If there is no room for all, the first
 * ones come in, of each group apart.
 */
export class SharedDoor {
  readonly #letIn: LetIn;
  /** The jobs that have neither asked nor left. */
  readonly #expected: Set<number>;
  readonly #asking: Asking[] = [];

  constructor(positions: readonly number[], letIn: LetIn) {
    this.#expected = new Set(positions);
    this.#letIn = letIn;
  }

  /** Asks for the job at this position. @throws LimitExceededError, StoreUnavailableError */
  enter(position: number, job: JobAtTheDoor): Promise<void> {
    return new Promise((enter, refuse) => {
      this.#asking.push({ position, job, enter, refuse });
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
      const refusals = await this.#letIn(asking.map(({ job }) => job));
      for (const [index, { enter, refuse }] of asking.entries()) {
        const refusal = refusals[index];
        if (refusal) refuse(refusal);
        else enter();
      }
    } catch (thrown) {
      for (const { refuse } of asking) refuse(asError(thrown));
    }
  }
}
