import type { HistoryEntry, JobItem } from '../contracts/job-item.ts';
import type { TransitionName } from '../job.ts';
import type { Attribute, Condition } from './condition.ts';

/** One conditional write of one item, as data: an adapter turns it into a call, a fake into a step. */
export interface JobWrite {
  readonly id: string;
  readonly transition: TransitionName;
  readonly condition: Condition;
  readonly set: Partial<Omit<JobItem, 'id'>>;
  /** Set only if the item has no such attribute yet. */
  readonly setOnce?: Partial<Pick<JobItem, 'startedAt' | 'runAt' | 'token' | 'attempt' | 'history'>>;
  readonly remove?: readonly Attribute[];
  /** Add 1; an absent number counts as 0. */
  readonly increment?: readonly ('token' | 'attempt' | 'slices')[];
  /** Put into the set, if it is not in it. */
  readonly include?: { readonly dependents: string };
  /** Added to the end of `history`. */
  readonly append?: readonly HistoryEntry[];
}
