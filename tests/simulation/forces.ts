import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { VirtualTime } from '../../testkit/play/virtual-time.ts';
import type { Effect } from './effect.ts';

/** What AWS may do, and seldom does. */
export interface Forces {
  /** The chance that a message comes again that was deleted from a standard queue. */
  readonly comesAgain: number;
  /** The chance that a batch of a standard queue has a message twice. */
  readonly twins: number;
  /** How late the indexes follow the table. */
  readonly indexLagMs: number;
  /** How long a process, or all receivers of a queue, may stand still. */
  readonly standStillMs: number;
}

export const noForces: Forces = { comesAgain: 0, twins: 0, indexLagMs: 0, standStillMs: 0 };

/** So often somebody may stand still in one run. */
export const maxStills = 3;
/** How much later things happen than without them. */
export const lateByMs = ({ standStillMs, indexLagMs }: Forces): number =>
  maxStills * standStillMs + indexLagMs;

type Indexed = Pick<JobItem, 'id' | 'dueKey' | 'lookAt'>;

/** The index of what waits, as late as it is. */
export class LateIndex {
  readonly #late = new Map<string, JobItem>();
  readonly #items: ReadonlyMap<string, JobItem>;
  readonly #time: VirtualTime;
  readonly #lagMs: number;

  constructor(items: ReadonlyMap<string, JobItem>, time: VirtualTime, { indexLagMs }: Forces) {
    this.#items = items;
    this.#time = time;
    this.#lagMs = indexLagMs;
  }

  /** The items as the index has them. */
  get items(): ReadonlyMap<string, JobItem> {
    if (this.#lagMs === 0) return this.#items;
    // What TTL has removed, no index has.
    return new Map([...this.#late].filter(([id]) => this.#items.has(id)));
  }

  /** What has not changed in the index is not written to it. */
  onWrite({ before, after }: Effect): void {
    if (this.#lagMs === 0 || isSame(before, after)) return;
    this.#time.after(this.#lagMs, () => {
      if (after.dueKey === undefined) this.#late.delete(after.id);
      else this.#late.set(after.id, after);
    });
  }
}

const isSame = (before: Indexed | undefined, { dueKey, lookAt }: Indexed): boolean =>
  before?.dueKey === dueKey && before?.lookAt === lookAt;
