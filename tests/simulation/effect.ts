import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';

/** A write that took effect. */
export interface Effect {
  readonly instance: string;
  /** As the code under test made it. */
  readonly write: JobWrite;
  readonly before: JobItem | undefined;
  readonly after: JobItem;
  readonly now: number;
  /** What was known of the job's handlers when the write was made: it may take effect much later. */
  readonly madeAfter: KnownOfHandlers;
}

export interface KnownOfHandlers {
  /** The percentage that each claim of the job had reported. */
  readonly reported: ReadonlyMap<string, number>;
  /** Whether a call for one of the job's objects had failed, or was not answered yet. */
  readonly isTroubled: boolean;
}
