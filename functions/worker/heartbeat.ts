import type { JobItem, JobProgress } from '../../shared/contracts/job-item.ts';
import { asError, JobCanceledError, LeaseLostError } from '../../shared/errors.ts';
import type { Log } from '../../shared/logger.ts';
import type { Clock, Delivery, JobQueue, JobStore } from '../../shared/ports.ts';
import { hideWhileLeased } from '../../shared/protocol/hide-until.ts';
import { type Lease, renewWrite } from '../../shared/protocol/holder-writes.ts';

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
  /** Aborted, with the reason, when the job must not go on. */
  readonly controller: AbortController;
}

/** A state is stored no more often than this. */
const checkpointEveryMs = 5_000;

/**
 * Keeps a running job its worker's: every so often one write renews the lease, carries the progress and the state that
 * the job saved, and brings back whether a cancel was requested; and the message is hidden for as long as the lease
 * lives. A job that is done before the first beat costs nothing.
 */
export class Heartbeat {
  readonly #held: Held;
  readonly #deps: HeartbeatDependencies;
  readonly #stopping = new AbortController();
  #leaseUntil: number;
  #askedUntil: number;
  #progress: JobProgress | undefined;
  #checkpoint: string | undefined;
  #writtenAt: number;
  #renewal: Promise<void> | undefined;

  constructor(held: Held, deps: HeartbeatDependencies) {
    this.#held = held;
    this.#deps = deps;
    this.#leaseUntil = held.lease.item.leaseUntil ?? 0;
    this.#askedUntil = this.#leaseUntil;
    this.#progress = held.lease.item.progress;
    this.#writtenAt = deps.clock.now();
  }

  get progress(): JobProgress | undefined {
    return this.#progress;
  }

  /** The state that the job saved last, if it saved any since it was claimed. */
  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  /** Until when no other worker takes the job. */
  get leaseUntil(): number {
    return this.#leaseUntil;
  }

  /** Notes progress for the next write. It never goes back, also not when an attempt begins anew. */
  report(percent: number, message?: string): void {
    const bounded = Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : 0));
    const rounded = Math.round(bounded * 10) / 10;
    this.#progress = {
      percent: Math.max(this.#progress?.percent ?? 0, rounded),
      message: message?.slice(0, 200).toWellFormed() ?? null,
    };
  }

  /** Notes a state for the next write. */
  note(checkpoint: string): void {
    this.#checkpoint = checkpoint;
  }

  /** Notes a state, and writes it if the last write is a while ago. */
  async save(checkpoint: string): Promise<void> {
    this.note(checkpoint);
    if (this.#deps.clock.now() - this.#writtenAt >= checkpointEveryMs) await this.#renew();
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
        await hideWhileLeased(this.#held.delivery, this.#leaseUntil, this.#deps);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  get isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** One at a time: two on their way could overtake each other, and the older progress and state would stay. */
  #renew(): Promise<void> {
    this.#renewal ??= this.#writeRenewal().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #writeRenewal(): Promise<void> {
    const { store, clock, log, leaseMs } = this.#deps;
    const { lease, controller } = this.#held;
    const now = clock.now();
    try {
      const told = { progress: this.#progress, checkpoint: this.#checkpoint };
      // Should the clock be set back, the lease is not, also if nobody heard how long it is.
      const leaseUntil = Math.max(this.#askedUntil, now + leaseMs);
      this.#askedUntil = leaseUntil;
      const item = await store.write(renewWrite(lease, { now, leaseUntil, ...told }));
      if (this.#stopping.signal.aborted) return;
      this.#writtenAt = now;
      if (item) this.#follow(item);
      else controller.abort(new LeaseLostError('another worker has the job'));
    } catch (thrown) {
      log.warn('heartbeat failed', { error: asError(thrown), jobId: lease.item.id });
      if (clock.now() >= this.#leaseUntil)
        controller.abort(new LeaseLostError('the lease could not be renewed'));
    }
  }

  #follow(item: JobItem): void {
    this.#leaseUntil = item.leaseUntil ?? this.#leaseUntil;
    if (item.cancelRequested) this.#held.controller.abort(new JobCanceledError('a cancel was requested'));
  }
}
