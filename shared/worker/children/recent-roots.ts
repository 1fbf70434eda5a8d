import type { Clock } from '../../domain/base/ports.ts';
import { RecentMap } from '../../domain/base/recent-map.ts';
import { isEnded, type RootState } from '../../domain/children/batch.ts';
import type { RootFinder } from '../../domain/children/batch-ports.ts';

/** So long after a batch has ended its children may still start. */
const maxAgeMs = 1_000;
/** Each has about 1 KB, and what names its full shards. */
const maxRoots = 100;

interface Recent {
  readonly state: Promise<RootState>;
  /** When its read was begun. */
  readonly askedAt: number;
}

/**
 * The roots of batches as they were a second ago or less: a child looks at its batch before it starts, and those of one
 * batch come together. One of a process. A root that is gone, or has ended, is read anew.
 */
export class RecentRoots implements RootFinder {
  readonly #batches: RootFinder;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #recent = new RecentMap<string, Recent>(maxRoots);

  constructor({ batches, clock }: { readonly batches: RootFinder; readonly clock: Pick<Clock, 'now'> }) {
    this.#batches = batches;
    this.#clock = clock;
  }

  find(batch: string): Promise<RootState> {
    const now = this.#clock.now();
    const known = this.#recent.get(batch);
    // The clock may have been set back.
    if (known && Math.abs(now - known.askedAt) < maxAgeMs) return known.state;
    const recent = { state: this.#batches.find(batch), askedAt: now };
    this.#recent.set(batch, recent);
    const forget = () => {
      if (this.#recent.get(batch) === recent) this.#recent.delete(batch);
    };
    recent.state.then(
      (state) => (state.kind === 'there' && !isEnded(state.root) ? undefined : forget()),
      forget,
    );
    return recent.state;
  }
}
