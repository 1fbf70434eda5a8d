import type { JobItem, JobProgress } from '../../shared/contracts/job-item.ts';
import { isDue, type JobMessage } from '../../shared/contracts/job-message.ts';
import { describeError } from '../../shared/describe-value.ts';
import { LeaseLostError } from '../../shared/errors.ts';
import { isTerminal } from '../../shared/job.ts';
import type { Clock, JobStore, Random } from '../../shared/ports.ts';
import { decideRefusal, type Refusal } from '../../shared/protocol/decide-refusal.ts';
import { type Fate, kept } from '../../shared/protocol/fate.ts';
import { handOverWrite } from '../../shared/protocol/hand-over.ts';
import { type Lease, outcomeWrite, releaseWrite } from '../../shared/protocol/holder-writes.ts';
import type { JobWrite } from '../../shared/protocol/job-write.ts';
import { claimWrite } from '../../shared/protocol/message-writes.ts';
import type { AttemptEnd } from './decide-outcome.ts';

export interface AttemptDependencies {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseMs: number;
  readonly retentionMs: number;
}

interface Delivered {
  readonly message: JobMessage;
  readonly receiptHandle: string;
}

/** What the heartbeat knows when the work has ended. */
interface EndOfWork {
  readonly progress: JobProgress | undefined;
  readonly checkpoint: string | undefined;
  readonly leaseUntil: number;
}

/** One worker's attempt at a job, from the claim to the write that ends it. */
export class Attempt {
  readonly message: JobMessage;
  readonly #receiptHandle: string;
  readonly #deps: AttemptDependencies;
  /** Set by a claim that succeeded. */
  lease: Lease | undefined;
  /** Set by a claim that was refused. */
  refusal: Refusal | undefined;
  /** The job as it ended, if it did. */
  finished: JobItem | undefined;
  #end: AttemptEnd | undefined;
  #told: Pick<EndOfWork, 'progress' | 'checkpoint'> | undefined;
  #visibleAt: number | undefined;

  constructor({ message, receiptHandle }: Delivered, deps: AttemptDependencies) {
    this.message = message;
    this.#receiptHandle = receiptHandle;
    this.#deps = deps;
  }

  /** @returns whether the job is this worker's; if not, `refusal` says what that means */
  async claim(): Promise<boolean> {
    const { message } = this;
    const { store, clock, random, leaseMs } = this.#deps;
    const claimId = random.uuid();
    const now = clock.now();
    // The item may not be there yet to refuse what comes early.
    let item = isDue(message, now)
      ? await store.write(claimWrite(message, { now, claimId, leaseMs }))
      : undefined;
    if (!item) {
      item = await store.read(message.id);
      const refusal = decideRefusal(item, { message, claimId, now: clock.now() });
      if (refusal.kind !== 'own') this.refusal = refusal;
    }
    // An answer that was on its way for longer than the lease lives is of no use: somebody else has the job.
    if (item && !this.refusal && clock.now() >= (item.leaseUntil ?? 0)) this.refusal = { kind: 'free' };
    if (item && !this.refusal) this.lease = { item, message, receiptHandle: this.#receiptHandle };
    return this.lease !== undefined;
  }

  /** Notes how the attempt ended; `storeEnd` writes it. */
  ended(end: AttemptEnd, { progress, checkpoint, leaseUntil }: EndOfWork): void {
    this.#end = end;
    this.#told = { progress, checkpoint };
    // Until the end is stored, the lease stands: there is no use in seeing the message before it runs out.
    this.#visibleAt = leaseUntil;
  }

  /**
   * Stores how the attempt ended. Does nothing if it did not end, which is so when the lease was lost.
   * @throws LeaseLostError if the job is no longer this worker's, or this very write had committed unheard
   */
  async storeEnd(): Promise<void> {
    const { lease } = this;
    if (!lease || !this.#end) return;
    for (const write of this.#writesOf(lease, this.#end)) {
      const item = await this.#deps.store.write(write);
      this.#visibleAt = Math.max(item?.notBefore ?? 0, this.#deps.clock.now());
      if (item && isTerminal(item.status)) this.finished = item;
      if (item) return;
    }
    throw new LeaseLostError(`job ${this.message.id} is no longer held under token ${lease.item.token}`);
  }

  /** What becomes of the message after an error under this worker's lease. */
  fateAfter(error: Error): Fate {
    const { name, message } = describeError(error);
    return kept(`${name}: ${message}`, this.#visibleAt ?? this.#deps.clock.now(), this.message);
  }

  /** The write, and the one to make if it is refused: nothing goes on once a cancel was requested. */
  #writesOf(lease: Lease, end: AttemptEnd): readonly JobWrite[] {
    const { clock, retentionMs } = this.#deps;
    const now = clock.now();
    const at = { now, retentionMs, progress: this.#told?.progress, checkpoint: this.#told?.checkpoint };
    const orCanceled = (write: JobWrite) => [write, outcomeWrite(lease, { status: 'canceled' }, at)];
    switch (end.status) {
      case 'retrying':
        return orCanceled(releaseWrite(lease, { ...at, notBefore: now + end.delayMs, error: end.error }));
      case 'handed-over': {
        const wakeAt = end.sleepMs === undefined ? undefined : now + end.sleepMs;
        return orCanceled(handOverWrite(lease, { ...at, wakeAt }));
      }
      default:
        return [outcomeWrite(lease, end, at)];
    }
  }
}
