import type { JobItem } from '../../shared/domain/state/item.ts';
import type { JobWrite } from '../../shared/domain/state/job-write.ts';

/** A write that took effect. */
export interface Effect {
  readonly instance: string;
  /** As the code under test made it. */
  readonly write: JobWrite;
  readonly before: JobItem | undefined;
  readonly after: JobItem;
  readonly now: number;
  /** What the handlers of the job had reported when the write was made: the percentage of each claim. */
  readonly reported: ReadonlyMap<string, number>;
}
