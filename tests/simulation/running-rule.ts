import type { JobContext } from '../../shared/author/handler.ts';
import type { RunSlice } from '../../shared/domain/access/ports.ts';
import { roomFor } from '../../shared/domain/access/rate.ts';
import type { Effect } from './effect.ts';
import type { Instance } from './instance.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

type Claim = Pick<RunSlice, 'id' | 'fencingToken'>;

/** What is known of a slice. Times are epoch milliseconds. */
interface Slice {
  readonly claimedAt: number;
  startedAt?: number;
  endedAt?: number;
  chargedMs: number;
}

const keyOf = ({ id, fencingToken }: Claim): string => `${id} ${fencingToken}`;
/** Seconds are fractions. */
const roundedMs = 1;

/**
 * A slice is charged for what it has run, once, and never for more; without a fault it is charged for all of it. No job is sent unless its
 * submission has seen that there is time left.
 */
export class RunningRule {
  readonly #world: World;
  readonly #slices = new Map<string, Slice>();
  /** The submissions that have seen room. */
  readonly #looked = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  onWrite({ write, after }: Effect): void {
    if (write.transition !== 'claim' && write.transition !== 'reclaim') return;
    const key = keyOf(after);
    // A claim that is repeated changes nothing.
    if (!this.#slices.has(key)) this.#slices.set(key, { claimedAt: after.updatedAt, chargedMs: 0 });
  }

  onStart(job: Pick<JobContext, 'id' | 'fencingToken'>): void {
    const slice = this.#slices.get(keyOf(job));
    if (slice) slice.startedAt = this.#world.time.now;
  }

  onEnd(job: Pick<JobContext, 'id' | 'fencingToken'>): void {
    const slice = this.#slices.get(keyOf(job));
    if (slice) slice.endedAt = this.#world.time.now;
  }

  /** A worker asks to charge a slice. */
  onCharge(claim: Claim, seconds: number): void {
    const slice = this.#slices.get(keyOf(claim));
    if (!slice) throw new Violation('what is charged was claimed', keyOf(claim));
    slice.chargedMs += seconds * 1000;
    const ranMs = this.#world.time.now - slice.claimedAt;
    if (slice.chargedMs > ranMs + roundedMs)
      throw new Violation('no slice is charged for more than it ran', `${slice.chargedMs} of ${ranMs} ms`);
  }

  /** Somebody has read when the time of a tenant is used up. */
  onLooked({ role, name }: Instance, arrivesAt: number): void {
    const { runningSecondsPerHour: max } = this.#world.settings;
    if (role !== 'submit' || max === undefined) return;
    const room = roomFor(arrivesAt, { limit: 'runningSecondsPerHour', max, now: this.#world.time.now });
    if (room > 0) this.#looked.add(name);
  }

  /** Submit has sent the message of a job. */
  onSent({ name }: Instance): void {
    if (this.#world.settings.runningSecondsPerHour === undefined || this.#looked.has(name)) return;
    throw new Violation('a job comes in while there is time left for it', name);
  }

  /** At the end of a scenario in which nothing failed. */
  expectAll(): void {
    if (this.#world.settings.runningSecondsPerHour === undefined) return;
    for (const [key, { startedAt = 0, endedAt = 0, chargedMs }] of this.#slices)
      if (chargedMs + roundedMs < endedAt - startedAt)
        throw new Violation('a slice is charged for all that it ran', `${key}: ${chargedMs} ms`);
  }
}
