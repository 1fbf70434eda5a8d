import { awaitedBatches, type JobItem } from '../../shared/domain/state/job/item.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import type { Effect } from './effect.ts';
import { forgetting, sleeps } from './transition-kinds.ts';
import { Violation } from './violation.ts';

const giveBack: readonly TransitionName[] = ['release', 'leaveQueue'];
const maxHiddenMs = 15 * 60_000;
const maxWaitedMs = 7 * 24 * 3600 * 1000;

/** Whether an attempt ends with a wait that its handler has asked for. */
export const isPutOff = ({ transition }: JobWrite, { history }: JobItem): boolean =>
  giveBack.includes(transition) && history.at(-1)?.event === 'put-off';

/** The message of a job waits in its queue for some minutes at most; longer only in a group. */
const mustLeave = ({ group, notBefore = 0, updatedAt }: JobItem): boolean =>
  group === undefined && notBefore - updatedAt > maxHiddenMs;

/** How a job is given back. */
export const giveBackBy = (item: JobItem): TransitionName => (mustLeave(item) ? 'leaveQueue' : 'release');

/** Checks that what a run's handlers ask for is added up, uses no attempt, and comes to an end. */
export class WaitRule {
  readonly #sums = new Map<string, number>();

  onWrite({ write, before, after }: Effect): void {
    const { id, waitedMs = 0, notBefore = 0, updatedAt, attempt } = after;
    if (forgetting.includes(write.transition)) this.#sums.delete(id);
    const sum = this.#sums.get(id) ?? 0;
    const isWait = isPutOff(write, after);
    const expected = isWait ? sum + notBefore - updatedAt : sum;
    this.#sums.set(id, expected);
    if (isWait && attempt + 1 !== before?.attempt)
      throw new Violation('a wait that was asked for uses no attempt', `${id} has attempt ${attempt}`);
    if (waitedMs !== expected)
      throw new Violation('waits that are asked for are added up', `${id} says ${waitedMs}, not ${expected}`);
    if (waitedMs > maxWaitedMs)
      throw new Violation('no job is put off for ever', `${id} has waited for ${waitedMs} ms`);
    if (giveBack.includes(write.transition) && write.transition !== giveBackBy(after))
      throw new Violation('what waits for long leaves its queue', `${write.transition} of ${id}`);
    // Who sends an answer, or ends the last child, finds the message in the item.
    const isBrought = write.transition === 'awaitSignal' || awaitedBatches(after).length > 0;
    const mustWaitOutside = isBrought ? after.group === undefined : mustLeave(after);
    if (sleeps.includes(write.transition) && mustWaitOutside !== (after.postponedUntil === notBefore))
      throw new Violation('what waits for long leaves its queue', `${id} sleeps until ${notBefore}`);
  }

  /** TTL has removed the item: whatever comes under its id now is another job. */
  onExpired(id: string): void {
    this.#sums.delete(id);
  }
}
