import { addEarlyEnds, endsOfShard } from '../../delivery/add-early-ends.ts';
import type { ParentNotifier } from '../../delivery/notify-parent.ts';
import type { Clock } from '../../domain/base/ports.ts';
import {
  type BatchRoot,
  childIdOf,
  indexesOf,
  isFull,
  isFullIn,
  lookedAtOf,
  shardsOf,
} from '../../domain/children/batch.ts';
import type { BatchStore } from '../../domain/children/batch-ports.ts';
import { isSilent } from '../../domain/children/silent.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobReader } from '../../domain/state/ports.ts';
import type { BatchRecord } from '../../domain/state/stored/saved-steps.ts';
import { inTurns, readShards } from './child-ends.ts';

interface LookDependencies {
  readonly batches: Pick<BatchStore, 'shards' | 'addFull' | 'read' | 'addEarly'>;
  readonly store: JobReader;
  readonly clock: Clock;
  readonly family: Pick<ParentNotifier, 'ended'>;
}

/** How far a look is. */
export type LookCursor = NonNullable<BatchRecord['look']>;

/** The worker that has written a child may be about to send its message. */
const sendingMs = 2 * 60_000;

/** From where a look goes on: one that was cut, or a new one. */
export function lookFrom(root: BatchRoot, { look }: Pick<BatchRecord, 'look'>): LookCursor {
  const { round } = root;
  const after = Math.max(lookedAtOf(root), root.wantedAt ?? 0);
  return look?.round === round && look.after === after ? look : { round, after, to: 0 };
}

/** The shards that a look has not looked at. */
export const shardsToLookAt = (root: BatchRoot, { to }: LookCursor): readonly number[] =>
  shardsOf(root).filter((shard) => shard >= to && !isFullIn(root, shard));

/**
 * In one shard: counts the ends that nobody has counted, and sends what has no item, or not the item of its round, as
 * after a purge, or in a restored table. A child whose message is still in its queue is sent once more, which changes
 * nothing.
 * @param send makes the messages of these children, and sends them
 * @throws StepError if the shard has expired; StoreUnavailableError, QueueUnavailableError, NewerVersionError
 */
export async function lookForLost(
  root: BatchRoot,
  { shard, send }: { readonly shard: number; readonly send: (indexes: readonly number[]) => Promise<void> },
  { batches, store, clock, family }: LookDependencies,
): Promise<void> {
  const [found] = await readShards(root, [shard], { batches });
  if (!found) return;
  const open = indexesOf(root, shard).filter((index) => !found.ended?.has(String(index)));
  const items = await inTurns(open, (index) => store.read(childIdOf(root, index)));
  const hasEnded = (item: JobItem | undefined): item is JobItem =>
    item?.run === root.round && isTerminal(item.status);
  const ended = items.filter(hasEnded);
  await Promise.all(ended.map((item) => family.ended(item)));
  const now = clock.now();
  const at = { round: root.round, since: now - sendingMs, now };
  await send(open.filter((_, place) => !hasEnded(items[place]) && isSilent(items[place], at)));
  // The worker that has counted these ends has died before it added them to the root.
  await addEarlyEnds(found, endsOfShard(found), { batches });
  if (isFull(found)) await batches.addFull({ ...found, unsuccessful: found.unsuccessful?.size ?? 0 });
}
