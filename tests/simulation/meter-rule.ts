import type { CountName, Meters } from '../../shared/domain/observe/metrics.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

/** What is counted of each write. */
const countedOf: Readonly<Partial<Record<TransitionName, CountName>>> = {
  claim: 'AttemptsStarted',
  reclaim: 'AttemptsStarted',
  succeed: 'JobsSucceeded',
  fail: 'JobsFailed',
  failLate: 'JobsFailed',
  failExhausted: 'JobsFailed',
  failUnclaimed: 'JobsFailed',
  failForgotten: 'JobsFailed',
  failLost: 'JobsFailed',
  handOver: 'HandOvers',
};
const checked = [...new Set(Object.values(countedOf))];

/**
 * Checks that metrics fit the history of the jobs. Nothing is counted that is not stored, whatever fails and however often a
 * message comes. Where nothing fails and nobody dies, all that is stored is counted.
 */
export class MeterRule {
  readonly #stored = new Map<CountName, number>();
  readonly #counted = new Map<CountName, number>();
  readonly #guard: (check: () => void) => void;
  #isDisturbed: boolean;

  constructor(guard: (check: () => void) => void, { isDisturbed }: { readonly isDisturbed: boolean }) {
    this.#guard = guard;
    this.#isDisturbed = isDisturbed;
  }

  /** The meters of every instance. */
  get meters(): Meters {
    return {
      on: (queue) => ({ queue, count: (metric) => this.#guard(() => this.#onCount(metric)), time() {} }),
      flush() {},
    };
  }

  onWrite({ write }: Effect): void {
    const metric = countedOf[write.transition];
    if (metric) this.#stored.set(metric, (this.#stored.get(metric) ?? 0) + 1);
    // What was claimed and given back has not started.
    if (write.transition === 'giveBack')
      this.#stored.set('AttemptsStarted', (this.#stored.get('AttemptsStarted') ?? 0) - 1);
  }

  /** A call fails, or an instance dies: it may have stored what it cannot count any more. */
  onTrouble(): void {
    this.#isDisturbed = true;
  }

  /** Called when nothing is left to do. */
  onEnd(): void {
    if (this.#isDisturbed) return;
    for (const metric of checked) {
      const [counted, stored] = this.#of(metric);
      if (counted !== stored)
        throw new Violation('all that is stored is counted', `${metric} is ${counted}, not ${stored}`);
    }
  }

  #onCount(metric: CountName): void {
    this.#counted.set(metric, (this.#counted.get(metric) ?? 0) + 1);
    const [counted, stored] = this.#of(metric);
    if (checked.includes(metric) && counted > stored)
      throw new Violation('nothing is counted that is not stored', `${metric} is ${counted}, not ${stored}`);
  }

  #of(metric: CountName): readonly [number, number] {
    return [this.#counted.get(metric) ?? 0, this.#stored.get(metric) ?? 0];
  }
}
