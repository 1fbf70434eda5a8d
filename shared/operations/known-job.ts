import type { KeyObject } from 'node:crypto';
import { type Contracts, contractOf, type JobContract } from '../author/contract.ts';
import { askUnique, noUniqueKey, type UniqueKey } from '../author/unique-key.ts';
import { ConflictError, InvalidRequestError, KeyReusedError } from '../domain/base/errors.ts';
import { keyedJobId } from '../domain/base/fingerprint.ts';
import type { Clock } from '../domain/base/ports.ts';
import { uniqueJobId, windowStartAt } from '../domain/base/unique-id.ts';
import type { FirstTries } from '../domain/state/first-try.ts';
import type { JobItem } from '../domain/state/item.ts';

/** The job that a submission means was erased. */
export class JobErasedError extends ConflictError {
  override readonly name = 'JobErasedError';
  readonly jobId: string;
  constructor(message: string, jobId: string) {
    super(message);
    this.jobId = jobId;
  }
}

/** The job that a submission means, which another submission may have made. */
export interface KnownJob {
  readonly id: string;
  /** Whether its type is unique: then another request gets the job, too. */
  readonly isUnique: boolean;
}

interface Asked {
  readonly tenant: string;
  readonly type: string;
  readonly payload: unknown;
  readonly idempotencyKey?: string | undefined;
}

interface Dependencies {
  readonly contracts: Contracts;
  readonly clock: Clock;
  readonly jobIdSecret: string | KeyObject;
  readonly firstTries: FirstTries;
}

/**
 * Looks which job a submission means: that of its unique key and the window that it comes in, or else that of its Idempotency-Key. A
 * submission that has both, and is repeated in a later window, means the job of its first try.
 * @returns undefined for a job that is new in any case
 * @throws InvalidRequestError if the type cannot say what the unique key is; KeyReusedError if the Idempotency-Key came first with another
 * unique key; StoreUnavailableError
 */
export async function knownJobOf(
  { tenant, type, payload, idempotencyKey }: Asked,
  { contracts, clock, jobIdSecret, firstTries }: Dependencies,
): Promise<KnownJob | undefined> {
  const unique = uniqueKeyOf(contractOf(contracts, type), payload);
  const keyId = idempotencyKey === undefined ? undefined : keyedJobId(jobIdSecret, tenant, idempotencyKey);
  if (!unique) return keyId === undefined ? undefined : { id: keyId, isUnique: false };
  const jobIdIn = (windowStart: number) => uniqueJobId({ tenant, type, key: unique.key, windowStart });
  const now = clock.now();
  const windowStart = windowStartAt(now, unique.withinSeconds);
  if (keyId === undefined) return { id: jobIdIn(windowStart), isUnique: true };
  const first = await firstTries.keep(keyId, { jobId: jobIdIn(windowStart), windowStart }, now);
  if (first.jobId !== jobIdIn(first.windowStart))
    throw new KeyReusedError('This Idempotency-Key was used before, with another request.');
  return { id: first.jobId, isUnique: true };
}

/** @throws InvalidRequestError */
function uniqueKeyOf(contract: JobContract | undefined, payload: unknown): UniqueKey | undefined {
  try {
    return contract && askUnique(contract, payload);
  } catch (cause) {
    const violations = [{ pointer: '/payload', detail: noUniqueKey }];
    throw new InvalidRequestError('It cannot be told whether there is such a job.', violations, { cause });
  }
}

/**
 * The job as a submission gets it that means it.
 * @throws JobErasedError; KeyReusedError if the job was made for another request, and its type is not unique
 */
export function sameJob(
  job: JobItem,
  fingerprint: string,
  { isUnique }: Pick<KnownJob, 'isUnique'>,
): JobItem {
  if (job.erased)
    throw new JobErasedError(
      isUnique
        ? 'The job with this unique key was erased. There is another one in the next window.'
        : 'The job of this Idempotency-Key was erased.',
      job.id,
    );
  if (isUnique || job.fingerprint === fingerprint) return job;
  throw new KeyReusedError('This Idempotency-Key was used before, with another request.');
}
