import type { RecordUpdate } from '../../base/records.ts';
import type { HistoryEntry, JobItem } from '../job/item.ts';
import type { TransitionName } from '../job/transitions.ts';
import type { Attribute, Condition } from './condition.ts';

/** One conditional write of one item, as data. The store makes a call of it, and the in-memory store a step. */
export interface JobWrite {
  readonly id: string;
  readonly transition: TransitionName;
  readonly condition: Condition;
  readonly set: Partial<Omit<JobItem, 'id'>>;
  /** Set only where the item has no such attribute yet. */
  readonly setOnce?: Partial<
    Pick<
      JobItem,
      | 'createdAt'
      | 'startedAt'
      | 'maxAttempts'
      | 'group'
      | 'dependsOn'
      | 'runAt'
      | 'startBefore'
      | 'tags'
      | 'notify'
      | 'traceparent'
      | 'fencingToken'
      | 'attempt'
      | 'history'
      | 'listKey'
      | 'listPosition'
      | 'failedKey'
      | 'groupKey'
    >
  >;
  readonly remove?: readonly Attribute[];
  /** Add 1. An absent number counts as the one that is given here. */
  readonly increment?: Readonly<Partial<Record<'fencingToken' | 'attempt' | 'slices', number>>>;
  /** Put into the set, unless it is there. */
  readonly include?: { readonly dependents: string };
  /** Added to the end of `history`. */
  readonly append?: readonly HistoryEntry[];
  /** Objects that nothing refers to once this is written. They are deleted after it, if that succeeds. */
  readonly obsolete?: readonly string[];
}

/** The same, as what the table does. It answers with the item after it. */
export const recordOf = (write: JobWrite): RecordUpdate => ({
  name: write.transition,
  when: write.condition,
  set: write.set,
  once: write.setOnce,
  plus: write.increment && startsOf(write.increment),
  append: write.append?.length ? { history: write.append } : undefined,
  include: write.include && { dependents: new Set([write.include.dependents]) },
  remove: write.remove,
  returns: 'after',
});

const startsOf = (increment: Readonly<Record<string, number>>): RecordUpdate['plus'] =>
  Object.fromEntries(Object.entries(increment).map(([name, from]) => [name, { by: 1, from }]));

/** For how long a job is kept after its end. Milliseconds. */
export interface Retention {
  readonly retentionMs: number;
  /** The same of a job that another one has spawned. As long as any job, if it is not given. */
  readonly keepChildrenMs?: number | undefined;
}

/** When a job ended, and for how long it is kept after that. Milliseconds. */
export interface EndTime extends Retention {
  readonly now: number;
}

/** For how long this job is kept. Each end of a job asks here: a child has a time of its own. */
const keptMs = (
  { parent }: Pick<JobItem, 'parent'>,
  { retentionMs, keepChildrenMs = retentionMs }: Retention,
): number => (parent ? keepChildrenMs : retentionMs);

/**
 * The `updatedAt` of a write over an item that was read: always a later one. Otherwise a delayed request could not be
 * told from the first one that was decided by what the item was in the same millisecond, or by a clock that is behind.
 */
export const updatedAfter = ({ updatedAt = 0 }: Partial<Pick<JobItem, 'updatedAt'>>, now: number): number =>
  Math.max(now, updatedAt + 1);

type Ending = Pick<JobItem, 'parent' | 'counted' | 'countedInGroup'>;

/**
 * What every write does that ends a job as it was read: `unchanged` guards it. @param read the item; undefined if there
 * was none
 */
export const endedUnchanged = (
  job: Ending,
  { read = {}, ...end }: EndTime & { readonly read: Partial<Pick<JobItem, 'updatedAt'>> | undefined },
  set: Partial<JobItem>,
): Pick<JobWrite, 'set' | 'remove'> => ended(job, { ...end, now: updatedAfter(read, end.now) }, set);

/** What every write does that ends a job. @param job it, or its message */
export const ended = (
  job: Ending,
  { now, ...retention }: EndTime,
  set: Partial<JobItem>,
): Pick<JobWrite, 'set' | 'remove'> => ({
  set: {
    ...set,
    finishedAt: now,
    updatedAt: now,
    expiresAt: Math.ceil((now + keptMs(job, retention)) / 1000),
  },
  remove: [
    'claimId',
    'leaseUntil',
    'inCompany',
    'notBefore',
    'cancelRequested',
    'admittedBy',
    'dueKey',
    'lookAt',
    // A failed one has another place in the same index.
    ...(job.counted && set.failedKey === undefined ? (['failedKey'] as const) : []),
    ...(job.countedInGroup ? (['groupKey'] as const) : []),
  ],
});
