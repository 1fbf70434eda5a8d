import { classifyDelivery } from '../../delivery/classify-delivery.ts';
import { type Disposition, deleted, itemChanged } from '../../delivery/disposition.ts';
import { notifyThenDelete } from '../../delivery/notify-end.ts';
import { type ResolveDependencies, resolveDelivery } from '../../delivery/resolve-delivery.ts';
import { asError, JobCanceledError } from '../../domain/base/errors.ts';
import { byParent, mayRun } from '../../domain/children/batch.ts';
import type { RootFinder } from '../../domain/children/batch-ports.ts';
import { logEnd } from '../../domain/observe/log-job-line.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { ChildOf, JobMessage } from '../../domain/state/job/message.ts';
import { isTerminal } from '../../domain/state/job/transitions.ts';
import { cancelWrite, requestCancelWrite } from '../../domain/state/writes/control-writes.ts';
import { cancelChildWrite } from '../../domain/state/writes/message-writes.ts';

export interface ChildGateDependencies extends ResolveDependencies {
  /** They may be a second old. */
  readonly recentRoots: RootFinder;
}

/**
 * Looks before the claim of a child whether its batch is still wanted. Once the parent has ended no child is started
 * any more, unless the parent has left it.
 * @returns what becomes of the message; undefined if the child may start
 * @throws StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function beforeChild(
  child: ChildOf,
  message: JobMessage,
  deps: ChildGateDependencies,
): Promise<Disposition | undefined> {
  const state = await deps.recentRoots.find(child.batch);
  if (mayRun(child, state)) return undefined;
  return state.kind === 'there'
    ? endChild(message, await deps.store.read(message.id), deps)
    : endOrphan(message, deps);
}

/**
 * It may have started right before its batch was erased, or has expired. If its worker has died, only its message ends
 * it, and the erasure waits.
 */
async function endOrphan(message: JobMessage, deps: ChildGateDependencies): Promise<Disposition | undefined> {
  const item = await deps.store.read(message.id);
  return !item || isTerminal(item.status) || item.run !== message.run
    ? deleted('its batch is gone')
    : endChild(message, item, deps);
}

async function endChild(
  message: JobMessage,
  item: JobItem | undefined,
  deps: ChildGateDependencies,
): Promise<Disposition | undefined> {
  const { store, clock, retentionMs, keepChildrenMs } = deps;
  const now = clock.now();
  const end = { now, retentionMs, keepChildrenMs };
  if (!item) {
    const canceled = await store.write(cancelChildWrite(message, end));
    if (!canceled) return itemChanged(now, message);
    logEnd(canceled, 'canceled', deps);
    return notifyThenDelete(canceled, deps);
  }
  // In a round that nobody waits for, the child gets its new run without a claim, which would start it if it came late.
  if (item.run < message.run)
    return resolveDelivery(classifyDelivery(item, { message, now }), { message }, deps);
  if (isTerminal(item.status) || item.cancelRequested || item.run !== message.run) return undefined;
  // One that has started may have to end something elsewhere first: the worker that receives its message sees to that,
  // or the worker that holds the job.
  const cancel =
    item.startedAt === undefined ? cancelWrite(item, end, byParent) : requestCancelWrite(item, now, byParent);
  return (await store.write(cancel)) ? undefined : itemChanged(now, message);
}

/**
 * Ends a child that runs, if its parent has ended meanwhile. Never rejects: it is asked again with the next heartbeat.
 */
export async function followParent(
  { parent }: Pick<JobMessage, 'parent'>,
  controller: AbortController,
  { recentRoots, log }: Pick<ChildGateDependencies, 'recentRoots' | 'log'>,
): Promise<void> {
  if (!parent) return;
  try {
    const state = await recentRoots.find(parent.batch);
    if (!mayRun(parent, state)) controller.abort(new JobCanceledError('its parent has ended'));
  } catch (thrown) {
    log.warn('the parent of a job could not be looked at', { error: asError(thrown) });
  }
}
