import { keepInvisible } from '../../delivery/visibility.ts';
import {
  asError,
  JobCanceledError,
  LeaseLostError,
  StoreUnavailableError,
} from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import { endSleep } from '../../domain/base/within-time.ts';
import type { JobItem, JobProgress } from '../../domain/state/job/item.ts';
import { maxProgressMessage } from '../../domain/state/job/item-budget.ts';
import type { Delivery, JobQueue, JobStore } from '../../domain/state/ports.ts';
import { type Lease, type Report, renewWrite } from '../../domain/state/writes/holder-writes.ts';
import type { SavedState } from './saved-states.ts';

export interface HeartbeatDependencies {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
}

interface Held {
  readonly lease: Lease;
  readonly delivery: Delivery;
  /** Aborted, with the reason, when the handler must not go on. */
  readonly controller: AbortController;
  /** The lines of the attempt that ride with the renewals. */
  readonly tail?: { readonly text: string } | undefined;
  /** Called with the item after each renewal. */
  readonly onRenewed?: (item: JobItem) => void;
}

/** A state is stored no more often than this. */
export const checkpointEveryMs = 5_000;
const maxFlushes = 3;
/** A timer may fire a little early. */
const timerSlackMs = 50;

/**
 * Keeps the lease of a running job. At every beat one write renews the lease, stores the progress and the saved state,
 * and brings back whether a cancel was requested. Then the message is kept invisible for as long as the lease lives. A
 * job that ends before the first beat costs nothing.
 */
export class Heartbeat {
  readonly #held: Held;
  readonly #deps: HeartbeatDependencies;
  readonly #stopping = new AbortController();
  #leaseUntil: number;
  #requestedUntil: number;
  #progress: JobProgress | undefined;
  #saved: SavedState = {};
  #hasProgressed = false;
  /** How many states were taken, and which of them was stored last. */
  #taken = 0;
  #stored = 0;
  /** Why the last renewal was not stored. */
  #failure: unknown;
  #writtenAt: number;
  #tailSentAt: number;
  #renewal: Promise<void> | undefined;

  constructor(held: Held, deps: HeartbeatDependencies) {
    this.#held = held;
    this.#deps = deps;
    this.#leaseUntil = held.lease.item.leaseUntil ?? 0;
    this.#requestedUntil = this.#leaseUntil;
    this.#progress = held.lease.item.progress;
    this.#writtenAt = deps.clock.now();
    this.#tailSentAt = this.#writtenAt;
  }

  /** What the job reported last. */
  get lastReport(): Pick<Report, 'progress' | keyof SavedState> {
    return { progress: this.#progress, ...this.#saved };
  }

  /** Until when no other worker takes the job, epoch milliseconds. */
  get leaseUntil(): number {
    return this.#leaseUntil;
  }

  /** Whether it has taken a state that differs from the one that the attempt began with. */
  get hasProgressed(): boolean {
    return this.#hasProgressed;
  }

  /** Takes progress for the next write. It never goes back, not even when an attempt starts from the beginning. */
  report(percent: number, message?: string): void {
    const bounded = Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : 0));
    const rounded = Math.round(bounded * 10) / 10;
    this.#progress = {
      percent: Math.max(this.#progress?.percent ?? 0, rounded),
      message: message === undefined ? null : shortened(message),
    };
  }

  /** Takes a state, or steps, for the next write. `isNew`: the attempt did not begin with it. */
  keep(saved: SavedState, { isNew = true }: { readonly isNew?: boolean } = {}): void {
    this.#saved = { ...this.#saved, ...saved };
    this.#hasProgressed ||= isNew;
    this.#taken += 1;
  }

  /** Writes what was taken, unless the last write was only a moment ago. */
  async saveIfDue(): Promise<void> {
    if (this.#deps.clock.now() - this.#writtenAt >= checkpointEveryMs) await this.#renew();
  }

  /** Writes what was taken. */
  async saveNow(): Promise<void> {
    // One that is under way was made before this was taken.
    await this.#renewal;
    await this.#renew();
  }

  /**
   * Writes what was taken, and says if it could not be stored. If the answer took so long that little is left of the
   * lease, it is renewed: what comes next must not be done by a worker that has lost the job.
   * @throws StoreUnavailableError
   */
  async flush(): Promise<void> {
    const due = this.#taken;
    for (let tries = 0; tries < maxFlushes; tries += 1) {
      // A renewal that has begun before may lack the state.
      await this.#renew();
      if (this.#held.controller.signal.aborted || this.isStopped) return;
      const leftMs = this.#leaseUntil - this.#deps.clock.now();
      if (this.#stored >= due && leftMs >= this.#deps.leaseMs / 2) return;
    }
    throw new StoreUnavailableError('the state could not be stored', { cause: this.#failure });
  }

  /** Beats until `stop`; never rejects. */
  async beat(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, heartbeatMs } = this.#deps;
    while (!signal.aborted) {
      await clock.sleep(heartbeatMs, signal);
      // A checkpoint may have renewed the lease meanwhile.
      if (!signal.aborted && clock.now() - this.#writtenAt >= heartbeatMs / 2) await this.#renew();
      if (!signal.aborted && !this.#held.controller.signal.aborted)
        await keepInvisible(this.#held.delivery, this.#leaseUntil, this.#deps);
    }
  }

  /** @throws LeaseLostError if another worker may have the job */
  requireLease(): void {
    if (this.#deps.clock.now() >= this.#leaseUntil) throw new LeaseLostError('the lease has run out');
  }

  stop(): void {
    endSleep(this.#stopping);
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * One at a time: if two overtook each other, the older progress and state would stay. None after the end of the
   * attempt: the bucket may have taken its time with a state.
   */
  async #renew(): Promise<void> {
    if (this.isStopped) return;
    this.#renewal ??= this.#writeRenewal().finally(() => {
      this.#renewal = undefined;
    });
    await this.#renewal;
  }

  async #writeRenewal(): Promise<void> {
    const { store, clock, log, leaseMs } = this.#deps;
    const { lease, controller } = this.#held;
    const now = clock.now();
    try {
      const reported = { progress: this.#progress, ...this.#saved, logTail: this.#dueTail(now) };
      const taken = this.#taken;
      // If the clock is set back the lease is not, even if the answer to an earlier renewal was lost. And an earlier
      // one that arrives late is refused, because it ends sooner: the objects of its state may be deleted by then.
      const leaseUntil = Math.max(this.#requestedUntil + 1, now + leaseMs);
      this.#requestedUntil = leaseUntil;
      const item = await store.write(renewWrite(lease, { now, leaseUntil, ...reported }));
      this.#failure = undefined;
      if (this.#stopping.signal.aborted) return;
      this.#writtenAt = now;
      if (!item) return controller.abort(new LeaseLostError('another worker has the job'));
      this.#stored = taken;
      this.#follow(item);
    } catch (thrown) {
      this.#failure = thrown;
      log.warn('heartbeat failed', { error: asError(thrown), jobId: lease.item.id });
      if (clock.now() >= this.#leaseUntil)
        controller.abort(new LeaseLostError('the lease could not be renewed'));
    }
  }

  /** A job that saves a state every few seconds has its lines no more often stored than another. */
  #dueTail(now: number): string | undefined {
    if (now - this.#tailSentAt < this.#deps.heartbeatMs - timerSlackMs) return undefined;
    this.#tailSentAt = now;
    return this.#held.tail?.text || undefined;
  }

  #follow(item: JobItem): void {
    this.#leaseUntil = item.leaseUntil ?? this.#leaseUntil;
    this.#held.onRenewed?.(item);
    if (item.cancelRequested) this.#held.controller.abort(new JobCanceledError('a cancel was requested'));
  }
}

/** With a sign of that, if it is. */
const shortened = (message: string): string =>
  (message.length > maxProgressMessage
    ? `${message.slice(0, maxProgressMessage - 1)}…`
    : message
  ).toWellFormed();
