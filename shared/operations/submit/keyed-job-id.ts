import { contractOf, type JobContract } from '../../author/contract.ts';
import { askUnique, noUniqueKey, type UniqueKey } from '../../author/unique-key.ts';
import { ConflictError, InvalidRequestError, KeyReusedError } from '../../domain/base/errors.ts';
import { keyedJobId } from '../../domain/base/fingerprint.ts';
import { uniqueJobId, windowStartAt } from '../../domain/base/unique-id.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { FirstTry } from '../../domain/state/limits/first-tries.ts';
import type { SubmitDependencies } from './submission.ts';

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

interface KeyedSubmission {
  readonly tenant: string;
  readonly type: string;
  readonly payload: unknown;
  readonly idempotencyKey?: string | undefined;
}

interface Dependencies
  extends Pick<SubmitDependencies, 'contracts' | 'clock' | 'jobIdSecret' | 'firstTries' | 'store' | 'door'> {}

/**
 * Looks which job a submission means: that of its unique key and the window that it comes in, or else that of its
 * Idempotency-Key. A submission that has both, and is repeated in a later window, means the job of its first try.
 * @returns undefined for a job that is new in any case
 * @throws InvalidRequestError if the type cannot say what the unique key is; KeyReusedError if the Idempotency-Key came
 * first with another unique key; LimitExceededError, StoreUnavailableError
 */
export async function knownJobOf(
  { tenant, type, payload, idempotencyKey }: KeyedSubmission,
  { contracts, clock, jobIdSecret, firstTries, store, door }: Dependencies,
): Promise<KnownJob | undefined> {
  const unique = uniqueKeyOf(contractOf(contracts, type), payload);
  const keyId = idempotencyKey === undefined ? undefined : keyedJobId(jobIdSecret, tenant, idempotencyKey);
  if (!unique) return keyId === undefined ? undefined : { id: keyId, isUnique: false };
  const jobIdIn = (windowStart: number) => uniqueJobId({ tenant, type, key: unique.key, windowStart });
  const now = clock.now();
  const windowStart = windowStartAt(now, unique.withinSeconds);
  if (keyId === undefined) return { id: jobIdIn(windowStart), isUnique: true };
  const jobId = jobIdIn(windowStart);
  const isThere = async () => (await store.read(jobId)) !== undefined;
  const trying = { tenant, keyId, first: { jobId, windowStart }, isThere };
  const first = await keepFirstTry(trying, { firstTries, clock, door });
  if (first.jobId !== jobIdIn(first.windowStart))
    throw new KeyReusedError('This Idempotency-Key was used before, with another request.');
  return { id: first.jobId, isUnique: true };
}

interface Trying {
  readonly tenant: string;
  readonly keyId: string;
  readonly first: FirstTry;
  /** Whether the job is there: then the submission makes none. */
  readonly isThere: () => Promise<boolean>;
}

/**
 * Keeps which job an Idempotency-Key means. Each key leaves an item: so where submissions count, a key that nobody
 * knows is let in before.
 * @throws LimitExceededError, StoreUnavailableError
 */
export async function keepFirstTry(
  { tenant, keyId, first, isThere }: Trying,
  { firstTries, door, clock }: Pick<SubmitDependencies, 'firstTries' | 'door' | 'clock'>,
): Promise<FirstTry> {
  if (await door?.countsRepeats?.(tenant)) {
    const known = await firstTries.read(keyId);
    if (known) return known;
    if (await isThere()) await door?.repeat?.(tenant);
    // It is let in as a job later, and may be refused for another reason before.
    else await door?.requireRoom?.(tenant, 'jobsPerMinute');
  }
  return firstTries.keep(keyId, first, clock.now());
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
