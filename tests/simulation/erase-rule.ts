import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { TransitionName } from '../../shared/domain/state/job/transitions.ts';
import type { Effect } from './effect.ts';
import { Violation } from './violation.ts';

/** What is left of an erased job. The type and the tenant are empty, and the history has no entry. */
const left: readonly (keyof JobItem)[] = [
  'id',
  'version',
  'tenant',
  'type',
  'status',
  'run',
  'fingerprint',
  'fencingToken',
  'attempt',
  'maxAttempts',
  'history',
  'erased',
  'erasedBy',
  'createdAt',
  'updatedAt',
  'finishedAt',
  'expiresAt',
];
/** Erasing changes nothing of these. */
const kept: readonly (keyof JobItem)[] = ['status', 'run', 'fencingToken', 'finishedAt', 'expiresAt'];

const erasing: readonly TransitionName[] = ['erase', 'eraseUnborn'];

/** Checks that nothing of an erased job is left, and that it never comes back. */
export class EraseRule {
  readonly #erased = new Set<string>();

  onWrite({ write: { transition }, before, after }: Effect): void {
    const { id, tenant, type, history } = after;
    if (this.#erased.has(id) && JSON.stringify(before) !== JSON.stringify(after))
      throw new Violation('an erased job never changes again', `${transition} of ${id}`);
    if (!erasing.includes(transition)) return;
    this.#erased.add(id);
    const rest = Object.entries(after).flatMap(([field, value]) =>
      value === undefined || left.some((one) => one === field) ? [] : [field],
    );
    if (rest.length > 0 || tenant !== '' || type !== '' || history.length > 0)
      throw new Violation('nothing of an erased job is left', `${id} has ${rest.join() || 'a trace'}`);
    if (after.erasedBy === undefined) throw new Violation('an erased job says who has erased it', id);
    if (after.finishedAt === undefined || after.expiresAt === undefined)
      throw new Violation('what is left of an erased job says when it has ended, and is gone one day', id);
    for (const field of before ? kept : [])
      if (before?.[field] !== after[field])
        throw new Violation('an erased job has ended as it has', `${id} has another ${field}`);
  }

  /** TTL has removed the item: whatever comes under its id now is another job. */
  onExpired(id: string): void {
    this.#erased.delete(id);
  }
}
