import {
  type IdempotencyConfig,
  IdempotencyItemAlreadyExistsError,
  IdempotencyRecordStatus,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import type { DeliveryState } from '../../delivery/classify-delivery.ts';
import type { Disposition } from '../../delivery/disposition.ts';
import { asError, LeaseLostError } from '../../domain/base/errors.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { Lease, Report } from '../../domain/state/writes/holder-writes.ts';
import type { Ending } from './error-policy.ts';
import type { AttemptReporter } from './report-attempt.ts';
import type { RunningTime } from './running-time.ts';

/** A worker holds the job under a lease. */
export type Claimed = { readonly kind: 'claimed'; readonly lease: Lease };
/** The job may not be started; `state` says why. */
export type NotClaimable = {
  readonly kind: 'notClaimable';
  readonly state: DeliveryState;
  /** What becomes of the message, if that is settled: the job was given back, and waits. */
  readonly held?: Disposition;
};

/** How the handler's run ended. */
export interface Ran {
  readonly ending: Ending;
  /** What the job reported last, and what it has used. */
  readonly report: Omit<Report, 'now'>;
  /** What this slice has used: its part of the time, times the memory. */
  readonly mbMs: number;
  /** Until when no other worker takes the job, epoch milliseconds. */
  readonly leaseUntil: number;
  /** Deletes what the item, as it is after the end was stored, has no more use for. Never rejects. */
  readonly sweep: (item: JobItem) => Promise<void>;
  readonly reporter: AttemptReporter;
  /** What the tenant is charged for. */
  readonly runningTime: RunningTime;
}

export type Settled =
  /** The job's end is stored. */
  | { readonly kind: 'finished'; readonly item: JobItem }
  /** The job waits outside of its queue. */
  | { readonly kind: 'postponed'; readonly item: JobItem }
  /** The job waits for its children or for an answer, in its group: its message stays in the queue, hidden. */
  | { readonly kind: 'hidden'; readonly item: JobItem }
  /** The message stays in the queue, and is visible again at a time, epoch milliseconds. */
  | {
      readonly kind: 'returned';
      readonly why: string;
      readonly visibleAt: number;
      /** The handler has asked for that wait. */
      readonly isWait?: boolean;
      /** Without it, nobody knows whether the attempt has ended. */
      readonly isStored?: true;
    };

/** The three steps of a delivery. */
export interface Steps {
  claim(): Promise<Claimed | NotClaimable>;
  run(lease: Lease): Promise<Ran>;
  settle(lease: Lease, ran: Ran): Promise<Settled>;
}

/** Whether the job ends with it: Powertools completes its record then, and else deletes it. */
const endsJob: Readonly<Record<Ending['kind'], boolean>> = {
  succeeded: true,
  failed: true,
  canceled: true,
  retrying: false,
  handedOver: false,
  interrupted: false,
  asleep: false,
  lost: false,
};

/**
 * Runs the steps under Powertools' idempotency. The job's own item is the idempotency record: to put the record is to
 * claim the job, and to complete or to delete it is to settle. If Powertools is switched off nothing is claimed, and
 * no handler runs.
 * @throws whatever the claim throws; LeaseLostError if no step was taken
 */
export async function runOnce(
  jobId: string,
  { claim, run, settle }: Steps,
  config: IdempotencyConfig,
): Promise<NotClaimable | Settled> {
  const steps: { claim?: Claimed | NotClaimable; claimError?: unknown; ran?: Ran; settled?: Settled } = {};
  const persistenceStore = new ItemAsRecord(jobId, {
    put: async () => {
      steps.claim = await claim().catch((error: unknown) => {
        steps.claimError = error;
        throw error;
      });
      return steps.claim.kind === 'claimed';
    },
    settle: async () => {
      if (steps.claim?.kind === 'claimed' && steps.ran)
        steps.settled = await settle(steps.claim.lease, steps.ran);
    },
  });
  const guarded = makeIdempotent(
    async (_jobId: string) => {
      if (steps.claim?.kind !== 'claimed') throw new LeaseLostError(`job ${jobId} was not claimed`);
      steps.ran = await run(steps.claim.lease);
      const { kind } = steps.ran.ending;
      if (!endsJob[kind]) throw new Error(`the job goes on: ${kind}`);
    },
    { persistenceStore, config },
  );
  const thrown = await guarded(jobId).then(() => undefined, asError);
  if (steps.claim?.kind === 'notClaimable') return steps.claim;
  if (steps.settled) return steps.settled;
  // Powertools wraps what the claim throws: the log shall show the reason itself.
  throw steps.claimError ?? thrown ?? new LeaseLostError(`no end of job ${jobId} was stored`);
}

interface RecordSteps {
  /** @returns whether the job was claimed */
  readonly put: () => Promise<boolean>;
  readonly settle: () => Promise<void>;
}

/**
 * One instance a delivery: Powertools hands its persistence layer neither the message nor the error, and an instance
 * keeps its first configuration.
 */
class ItemAsRecord extends BasePersistenceLayer {
  readonly #jobId: string;
  readonly #steps: RecordSteps;

  constructor(jobId: string, steps: RecordSteps) {
    super();
    this.#jobId = jobId;
    this.#steps = steps;
  }

  /** Neither hashed nor with the function's name: the record is the job's item. */
  override getHashedIdempotencyKey(): string {
    return this.#jobId;
  }

  protected override async _putRecord(): Promise<void> {
    if (await this.#steps.put()) return;
    // Powertools would wrap any other error. "In progress" whatever the item is: what a refused claim means is decided
    // by `classifyDelivery`, and no earlier result is to be returned.
    throw new IdempotencyItemAlreadyExistsError(
      `the claim of job ${this.#jobId} was refused`,
      this.#inProgress(),
    );
  }

  protected override async _updateRecord(): Promise<void> {
    await this.#steps.settle();
  }

  protected override async _deleteRecord(): Promise<void> {
    await this.#steps.settle();
  }

  /** Powertools asks for a record only where `_putRecord` did not hand it one. */
  protected override async _getRecord(): Promise<IdempotencyRecord> {
    return this.#inProgress();
  }

  #inProgress(): IdempotencyRecord {
    return new IdempotencyRecord({
      idempotencyKey: this.#jobId,
      status: IdempotencyRecordStatus.INPROGRESS,
    });
  }
}
