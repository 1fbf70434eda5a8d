import type { Clock } from '../domain/base/ports.ts';
import { RecentMap } from '../domain/base/recent-map.ts';
import { type BatchRoot, isEnded } from '../domain/children/batch.ts';
import type { BatchReader } from '../domain/children/batch-ports.ts';

/** So long after a batch has ended its children may still start. */
const maxAgeMs = 1_000;
/** Each has about 1 KB, and what names its full shards. */
const maxRoots = 100;

interface Recent {
  readonly root: Promise<BatchRoot | undefined>;
  /** When its read was begun. */
  readonly askedAt: number;
}

/**
 * The roots of batches as they were a second ago or less: a child looks at its batch before it starts, and those of one batch come
 * together. One of a process. A root that is gone, or has ended, is read anew.
 */
export class RecentRoots implements BatchReader {
  readonly #batches: BatchReader;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #recent = new RecentMap<string, Recent>(maxRoots);

  constructor({ batches, clock }: { readonly batches: BatchReader; readonly clock: Pick<Clock, 'now'> }) {
    this.#batches = batches;
    this.#clock = clock;
  }

  read(batch: string): Promise<BatchRoot | undefined> {
    const now = this.#clock.now();
    const known = this.#recent.get(batch);
    // The clock may have been set back.
    if (known && Math.abs(now - known.askedAt) < maxAgeMs) return known.root;
    const recent = { root: this.#batches.read(batch), askedAt: now };
    this.#recent.set(batch, recent);
    const forget = () => {
      if (this.#recent.get(batch) === recent) this.#recent.delete(batch);
    };
    recent.root.then((root) => (root && !isEnded(root) ? undefined : forget()), forget);
    return recent.root;
  }
}
