import { ConflictError, StoreUnavailableError } from '../domain/base/errors.ts';
import { isUndecided } from '../domain/children/batch.ts';
import type { BatchControl } from '../domain/children/batch-ports.ts';
import { awaitedBatches, type JobItem } from '../domain/state/item.ts';
import type { JobReader } from '../domain/state/ports.ts';
import { isTerminal } from '../domain/state/transitions.ts';
import { findBatch } from './find-child.ts';
import type { JobOfTenant } from './find-job.ts';
import { type MaySuspend, refuseSuspended } from './refuse-suspended.ts';

interface RetryDependencies extends MaySuspend {
  readonly store: JobReader;
  readonly batches: Pick<BatchControl, 'read' | 'askAgain'>;
}

const maxTries = 5;

/**
 * Asks that those children of a batch which do not succeed are made again, while their parent still waits for the batch. The parent does so
 * when all have ended: it alone has the payloads. Asked twice in one round, it is done once.
 * @returns the parent
 * @throws ConflictError if the parent does not wait for it, or all children have ended; NotFoundError, JobNotFoundError, TenantSuspendedError,
 * StoreUnavailableError: then it may be asked all the same
 */
export async function retryChildren(
  which: JobOfTenant & { readonly batch: string },
  deps: RetryDependencies,
): Promise<JobItem> {
  let firstRound: number | undefined;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const { parent, root } = await findBatch(which, which.batch, deps);
    await refuseSuspended(which.tenant, deps);
    firstRound ??= root.round;
    // If the answer to the write below was lost, the SDK repeated it, and the repetition may have been refused.
    if (root.round > firstRound) return parent;
    requireWaiting(parent, root.batch);
    if (root.retries) return parent;
    if (!isUndecided(root))
      throw new ConflictError(
        'All children have ended, and the job goes on: retry the job when it has ended.',
      );
    if (await deps.batches.askAgain(root)) return parent;
  }
  throw new StoreUnavailableError(
    `batch ${which.batch} changed ${maxTries} times while it was asked for again`,
  );
}

/** @throws ConflictError */
function requireWaiting(parent: JobItem, batch: string): void {
  if (isTerminal(parent.status))
    throw new ConflictError(
      `The job is ${parent.status}: a retry of it makes those children again that have not succeeded.`,
    );
  if (!awaitedBatches(parent).includes(batch))
    throw new ConflictError('The job does not wait for these children now.');
}
