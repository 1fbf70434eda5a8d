import { maxInterruptions } from '../../shared/domain/state/job/interruptions.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { forgetting, sleeps } from './transition-kinds.ts';
import { Violation } from './violation.ts';

/** With these, a job has got further, or begins anew. */
const over: readonly TransitionName[] = ['handOver', ...sleeps, ...forgetting];

/** Checks that interruptions are counted, and that no job is interrupted for ever. */
export class InterruptionRule {
  /** How often in a row each job was interrupted. */
  readonly #counts = new Map<string, number>();

  onWrite({ write: { transition }, after }: Effect): void {
    const { id, interruptions = 0 } = after;
    const before = over.includes(transition) ? 0 : (this.#counts.get(id) ?? 0);
    const count = transition === 'interrupt' ? before + 1 : before;
    this.#counts.set(id, count);
    if (interruptions !== count)
      throw new Violation('interruptions are counted', `${id} says ${interruptions}, not ${count}`);
    if (count >= maxInterruptions)
      throw new Violation('no job is interrupted for ever', `${id} was interrupted ${count} times`);
    const isOfThat = after.error?.name === 'InterruptedError' && transition === 'fail';
    if (isOfThat && count + 1 < maxInterruptions)
      throw new Violation('a job may be interrupted several times', `${id} failed after ${count + 1}`);
  }

  /** TTL has removed the item: whatever comes under its id now is another job. */
  onExpired(id: string): void {
    this.#counts.delete(id);
  }
}
