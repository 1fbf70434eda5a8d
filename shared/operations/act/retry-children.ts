import { type WantLookDependencies, wantLook } from '../../delivery/want-look.ts';
import { ConflictError, StoreUnavailableError } from '../../domain/base/errors.ts';
import { type BatchRoot, isUndecided, maxAgain } from '../../domain/children/batch.ts';
import type { BatchControl } from '../../domain/children/batch-ports.ts';
import { awaitedBatches, type JobItem } from '../../domain/state/job/item.ts';
import { canBeRetried, isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobReader } from '../../domain/state/ports.ts';
import { type MaySuspend, refuseSuspended } from '../doors/refuse-suspended.ts';
import {
  type ChildOfJob,
  type FindChildDependencies,
  type FoundChild,
  findBatch,
  findChild,
} from '../find/find-child.ts';
import type { JobOfTenant } from '../find/find-job.ts';

interface RetryDependencies extends MaySuspend {
  readonly store: JobReader;
  readonly batches: Pick<BatchControl, 'read' | 'askAgain'>;
}

const maxTries = 5;

/** Each look sends all children again that have not started. */
const lookAtMostEveryMs = 5 * 60_000;

/**
 * Asks that those children of a batch which do not succeed are made again, while their parent still waits for the
 * batch. The parent does so when all have ended: it alone has the payloads. Asked twice in one round, it is done once.
 * The parent also looks for lost children at once.
 * @returns the parent
 * @throws ConflictError if the parent does not wait for it, or all children have ended; NotFoundError,
 * JobNotFoundError, TenantSuspendedError, StoreUnavailableError, QueueUnavailableError: then it may be asked all the
 * same
 */
export async function retryChildren(
  which: JobOfTenant & { readonly batch: string },
  deps: RetryDependencies & WantLookDependencies,
): Promise<JobItem> {
  const parent = await askForAll(which, deps);
  const unlessSince = deps.clock.now() - lookAtMostEveryMs;
  await wantLook({ parent, batch: which.batch, unlessSince }, deps);
  return parent;
}

async function askForAll(
  which: JobOfTenant & { readonly batch: string },
  deps: RetryDependencies,
): Promise<JobItem> {
  let firstRound: number | undefined;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const { parent, root } = await findBatch(which, which.batch, deps);
    await refuseSuspended(which.tenant, deps);
    firstRound ??= root.round;
    // If the answer to the write below was lost, the SDK repeated it, and the repetition may have been refused.
    if (root.round > firstRound && !root.isPartial) return parent;
    requireWaiting(parent, root.batch);
    if (root.retries) return parent;
    requireUndecided(root);
    if (await deps.batches.askAgain(root)) return parent;
  }
  throw changedTooOften(which.batch);
}

/**
 * Asks that one child which has not succeeded is made again, while its parent still waits for the batch. The others
 * that did not succeed count as they do, unless they are asked for, too.
 * @returns the parent
 * @throws ConflictError also if the child has succeeded, or has not ended, or if too many were asked for;
 * NotFoundError, and as `retryChildren`
 */
export async function retryChild(
  which: ChildOfJob,
  deps: RetryDependencies & FindChildDependencies,
): Promise<JobItem> {
  const { index, batch } = which;
  let firstRound: number | undefined;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const found = await findChild(which, deps);
    const { parent, root } = found;
    await refuseSuspended(which.tenant, deps);
    firstRound ??= root.round;
    if (root.round > firstRound && isBegunAgain(found)) return parent;
    requireWaiting(parent, root.batch);
    requireUnsuccessful(found);
    if (root.retries || root.again?.has(String(index))) return parent;
    requireUndecided(root);
    if ((root.again?.size ?? 0) >= maxAgain)
      throw new ConflictError(
        `${maxAgain} children were asked for one by one: ask for all that have not succeeded.`,
      );
    if (await deps.batches.askAgain(root, index)) return parent;
  }
  throw changedTooOften(batch);
}

/**
 * Of a later round than that of the request: whether it has made the child again. Otherwise others alone were asked for
 * in time.
 */
const isBegunAgain = ({ item, root, isUnsuccessful }: FoundChild): boolean =>
  !isUnsuccessful || item?.run === root.round;

/** @throws ConflictError */
function requireUnsuccessful({ item, status, isCounted, isUnsuccessful }: FoundChild): void {
  // Its end may be stored, and not counted yet.
  if (isUnsuccessful || (item?.status === status && canBeRetried(item.status))) return;
  throw new ConflictError(
    isCounted || (item?.status === status && isTerminal(item.status))
      ? 'The child has succeeded.'
      : 'The child has not ended: ask when it has failed, or was canceled.',
  );
}

/** @throws ConflictError */
function requireUndecided(root: BatchRoot): void {
  if (!isUndecided(root))
    throw new ConflictError('All children have ended, and the job goes on: retry the job when it has ended.');
}

const changedTooOften = (batch: string) =>
  new StoreUnavailableError(`batch ${batch} changed ${maxTries} times while it was asked for again`);

/** @throws ConflictError */
function requireWaiting(parent: JobItem, batch: string): void {
  if (isTerminal(parent.status))
    throw new ConflictError(
      `The job is ${parent.status}: a retry of it makes those children again that have not succeeded.`,
    );
  if (!awaitedBatches(parent).includes(batch))
    throw new ConflictError('The job does not wait for these children now.');
}
