import { contractOf } from '../../author/contract.ts';
import { notifyEnd } from '../../delivery/notify-end.ts';
import { ConflictError, NotFoundError, StoreUnavailableError } from '../../domain/base/errors.ts';
import { stepsVersion } from '../../domain/base/version.ts';
import {
  childFingerprintOf,
  childPlaceOf,
  indexesOf,
  newShard,
  roundAtOf,
  shardOf,
} from '../../domain/children/batch.ts';
import type { BatchControl } from '../../domain/children/batch-ports.ts';
import { endLine, logJobLine } from '../../domain/observe/log-job-line.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { JobMessage } from '../../domain/state/job/message.ts';
import { canBeRetried } from '../../domain/state/job/transitions.ts';
import { cancelUnbornWrite } from '../../domain/state/writes/control-writes.ts';
import { type ChildOfJob, type FoundChild, findChild } from '../find/find-child.ts';
import type { Act } from '../find/find-job.ts';
import { cancelJob } from './cancel-job.ts';
import { queueOf } from './log-operation.ts';

type CancelDependencies = Parameters<typeof cancelJob>[1] & {
  readonly batches: Pick<BatchControl, 'read' | 'shards' | 'createShard'>;
};

const maxTries = 5;

/**
 * Cancels one child of a job, as `cancelJob` does; one that nobody has claimed gets its item by that, and its message
 * finds it canceled. Its end is counted before this returns. Every call does so: an earlier call may have died before
 * it did.
 * @returns the child, `canceled`, or with a cancel requested
 * @throws ConflictError if it has ended otherwise, was never sent, or is about to be made again; NotFoundError, and as
 * `cancelJob`
 */
export async function cancelChild(which: Act & ChildOfJob, deps: CancelDependencies): Promise<JobItem> {
  const { tenant, by, index } = which;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const found = await findChild(which, deps);
    requireSent(found);
    if (found.item) {
      requireBegun(found.item, found);
      return cancelJob({ id: found.id, tenant, by }, deps);
    }
    await requireShard(found, index, deps);
    const { retentionMs, keepChildrenMs } = deps;
    const end = { now: deps.clock.now(), retentionMs, keepChildrenMs };
    const canceled = await deps.store.write(cancelUnbornWrite(messageOf(found, index, deps), end, by));
    if (!canceled) continue;
    logJobLine(deps.log, endLine(canceled, 'canceled', queueOf(canceled, deps.contracts)));
    await notifyEnd(canceled, deps);
    return canceled;
  }
  throw new StoreUnavailableError(
    `child ${index} of ${which.batch} changed ${maxTries} times while it was to be canceled`,
  );
}

/**
 * One that was to be made again may have an item of an earlier round. @throws ConflictError if the child will never run
 */
function requireSent({ status }: FoundChild): void {
  if (status === 'expired') throw new ConflictError('The child has ended, and is not kept any longer.');
  if (status === 'not-sent') throw new ConflictError('The child was never sent: its job had ended before.');
}

/** What its item says is how it has ended in an earlier round. @throws ConflictError */
function requireBegun({ run, status }: JobItem, { root, isCounted }: FoundChild): void {
  if (run < root.round && !isCounted && canBeRetried(status))
    throw new ConflictError(`The child is ${status}, and is about to be made again: cancel it when it runs.`);
}

/**
 * Who erases a job looks for children in the shards that there are: so a child has no item before there is its shard.
 * @throws NotFoundError if the batch was erased meanwhile
 */
async function requireShard(
  { root, hasShard }: FoundChild,
  index: number,
  { batches, clock }: Pick<CancelDependencies, 'batches' | 'clock'>,
): Promise<void> {
  if (hasShard) return;
  const shard = shardOf(root, index);
  await batches.createShard(newShard(root, { shard, size: indexesOf(root, shard).length }, clock.now()));
  const [made] = await batches.shards(root.batch, root.round, [shard]);
  if (!made) throw new NotFoundError('The job has no children under this key.');
}

/** All of its message but the payload, which only its parent has. */
function messageOf(
  { root, id }: FoundChild,
  index: number,
  { contracts }: Pick<CancelDependencies, 'contracts'>,
): JobMessage {
  return {
    ...{ id, version: stepsVersion, tenant: root.tenant, type: root.type, payload: undefined },
    submittedAt: roundAtOf(root),
    options: { maxAttempts: contractOf(contracts, root.type)?.maxAttempts ?? 1, notify: [] },
    fingerprint: childFingerprintOf(root.batch, index),
    run: root.round,
    parent: childPlaceOf(root, index),
  };
}
