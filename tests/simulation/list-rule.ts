import {
  childListKeysOf,
  groupKeyOf,
  unfinishedKeyOf,
  waitingKeyOf,
} from '../../shared/domain/state/job/list-keys.ts';
import { isQueued, isTerminal, isWaiting } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

const invariant = 'a job keeps its place in the list';

/**
 * Checks that every job is in its tenant's list, in one place for good, and among the failed ones while it has failed. One that is counted
 * is among the unfinished ones until it ends. A child is in the list of failed ones alone, unless it has tags: then it
 * has a place of its own, too.
 */
export const listRule = {
  onWrite({ write: { transition }, before, after }: Effect): void {
    const { id, listKey, listPosition, failedKey, status, erased, parent, counted } = after;
    if (erased) return;
    if (parent) {
      ofChild(before, after, transition);
      return;
    }
    if (listKey === undefined || listPosition === undefined)
      throw new Violation(invariant, `after ${transition}, ${id} has none`);
    if (before && (before.listKey !== listKey || before.listPosition !== listPosition))
      throw new Violation(invariant, `after ${transition}, ${id} has another`);
    const isCounted = counted === true && !isTerminal(status);
    if (isCounted && failedKey !== partOf(listKey, waitsAsCounted(before, after, transition)))
      throw new Violation(
        'exactly the unfinished jobs are counted, of those that are to be',
        `after ${transition}, ${id} is ${status} and has the key ${failedKey}`,
      );
    checkGroup(after, transition);
    if (!isCounted && failedKey !== (status === 'failed' ? listKey : undefined))
      throw new Violation(
        'exactly the failed jobs are in the list of those',
        `after ${transition}, ${id} is ${status} and has the key ${failedKey}`,
      );
  },
};

const partOf = (listKey: string, waits: boolean): string =>
  waits ? waitingKeyOf(listKey) : unfinishedKeyOf(listKey);

/** One with dependencies is among those that wait from its submission on, although admission has not looked at it. */
function waitsAsCounted(
  before: Effect['before'],
  { status, dependsOn, countedWaits, listKey = '' }: Effect['after'],
  transition: string,
): boolean {
  if (!countedWaits) return false;
  const wasThere = before
    ? isQueued(before.status) && before.failedKey === waitingKeyOf(listKey)
    : transition === 'submit';
  return isWaiting(status) || (isQueued(status) && dependsOn !== undefined && wasThere);
}

/** One that is counted in its group is among the unfinished ones of the group until it ends. */
function checkGroup(
  { id, tenant, group, groupKey, status, countedInGroup }: Effect['after'],
  transition: string,
): void {
  const isCounted = countedInGroup === true && group !== undefined && !isTerminal(status);
  if (groupKey === (isCounted ? groupKeyOf(tenant, group) : undefined)) return;
  throw new Violation(
    'exactly the unfinished jobs of a group are counted in it, of those that are to be',
    `after ${transition}, ${id} is ${status} and has the key ${groupKey}`,
  );
}

function ofChild(
  before: Effect['before'],
  { id, tenant, tags, listKey, listPosition, failedKey, status }: Effect['after'],
  transition: string,
): void {
  const isFailed = failedKey !== undefined && listPosition !== undefined;
  if (isFailed !== (status === 'failed'))
    throw new Violation(
      'exactly the failed children are in the list of failed jobs',
      `after ${transition}, ${id} is ${status}`,
    );
  const isListed = listKey !== undefined && listPosition !== undefined;
  if (isListed !== (tags !== undefined) || (isListed && !childListKeysOf(tenant).includes(listKey)))
    throw new Violation(
      'exactly the children with tags are in the list of those',
      `after ${transition}, ${id}`,
    );
  const isMoved = before?.listKey !== listKey || before?.listPosition !== listPosition;
  if (before?.listKey !== undefined && isMoved)
    throw new Violation(invariant, `after ${transition}, ${id} has another`);
}
