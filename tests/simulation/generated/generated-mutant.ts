import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import type { TransitionName } from '../../../shared/domain/state/job/transitions.ts';
import type { JobWrite } from '../../../shared/domain/state/writes/job-write.ts';
import type { Mutant } from '../mutant.ts';

/**
 * A mutant made from data. Most runs of a scenario never meet what it changes, and are then the runs of the honest
 * system. So `meets` is asked in an honest run, and only where it held is the mutant played: nothing is lost by that.
 */
export interface GeneratedMutant extends Mutant {
  readonly family: Family;
  readonly meets: Encounter;
}

export const families = ['condition', 'field', 'ending', 'state', 'disposition', 'dependency'] as const;
export type Family = (typeof families)[number];

export type Encounter =
  /** A write of this transition, which the mutant makes differently. */
  | {
      readonly transition: TransitionName;
      readonly differs: (write: JobWrite, before: JobItem | undefined) => boolean;
    }
  /** Something that the honest run notes down. */
  | { readonly noted: string };
