import type { JobItem, JobProgress } from '../../shared/contracts/job-item.ts';
import { asError, JobCanceledError, LeaseLostError } from '../../shared/errors.ts';
import type { Log } from '../../shared/logger.ts';
import type { Clock, Delivery, JobQueue, JobStore } from '../../shared/ports.ts';
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

/**
 * Keeps a running job its worker's: every so often one write renews the lease, carries the progress, and brings back
 * whether a cancel was requested; then the message is hidden for as long as the lease lives. A job that is
 * done before the first beat costs nothing.
 */
export class Heartbeat {
  readonly #held: Held;
  readonly #deps: HeartbeatDependencies;
  readonly #stopping = new AbortController();
  #leaseUntil: number;
  #progress: JobProgress | undefined;

  constructor(held: Held, deps: HeartbeatDependencies) {
    this.#held = held;
    this.#deps = deps;
    this.#leaseUntil = held.lease.item.leaseUntil ?? 0;
    this.#progress = held.lease.item.progress;
  }

  get progress(): JobProgress | undefined {
    return this.#progress;
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
      message: message?.slice(0, 200) ?? null,
    };
  }

  /** Beats until `stop`; never rejects. */
  async beat(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#deps.clock.sleep(this.#deps.heartbeatMs, signal);
      if (!signal.aborted) await this.#renew();
    }
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #renew(): Promise<void> {
    const { store, queue, clock, log, leaseMs } = this.#deps;
    const { lease, delivery } = this.#held;
    const now = clock.now();
    try {
      const item = await store.write(renewWrite(lease, { now, leaseMs, progress: this.#progress }));
      if (this.#stopping.signal.aborted) return;
      if (!item) return this.#abort(new LeaseLostError('another worker has the job'));
      this.#follow(item);
      // A second longer than the lease, so that whoever gets the message next finds the lease run out.
      await queue.hide(delivery, leaseMs / 1000 + 1);
    } catch (thrown) {
      log.warn('heartbeat failed', { error: asError(thrown), jobId: lease.item.id });
      if (clock.now() >= this.#leaseUntil) this.#abort(new LeaseLostError('the lease could not be renewed'));
    }
  }

  #follow(item: JobItem): void {
    this.#leaseUntil = item.leaseUntil ?? this.#leaseUntil;
    if (item.cancelRequested) this.#abort(new JobCanceledError('a cancel was requested'));
  }

  #abort(reason: Error): void {
    this.#held.controller.abort(reason);
  }
}
