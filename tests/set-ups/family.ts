import {
  type BatchRoot,
  batchIdOf,
  childIdOf,
  indexesOf,
  shardsOf,
} from '../../shared/domain/children/batch.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { InMemoryBatches } from '../../testkit/fakes/in-memory-batches.ts';
import { aFailedItem } from './samples.ts';

interface Tables {
  readonly batches: InMemoryBatches;
  readonly items: Map<string, JobItem>;
}

/** A child that has ended well, and is in no list. */
const aChild = (over: Partial<JobItem>): JobItem => {
  const {
    failedKey: _,
    listKey: __,
    message: ___,
    error: ____,
    ...item
  } = aFailedItem({ status: 'succeeded', result: '1' });
  return { ...item, ...over };
};

/**
 * Gives a job a batch of five children in shards of two, all of which have ended.
 * @returns the parent as it is then, and the root of the batch
 */
export async function withChildren(
  { batches, items }: Tables,
  parent: JobItem,
  over: Partial<BatchRoot> = {},
): Promise<{ parent: JobItem; root: BatchRoot; children: readonly JobItem[] }> {
  const batch = batchIdOf(parent.id, over.key ?? 'pages');
  const root: BatchRoot = {
    ...{ batch, version: 2, tenant: parent.tenant, parent: parent.id, key: 'pages', type: 'counting' },
    ...{ count: 5, shardSize: 2, depth: 1, whenParentEnds: 'cancel', secret: parent.id },
    ...{ createdAt: parent.createdAt, round: 1, parentRun: parent.run, endedRun: parent.run },
    ...over,
  };
  await batches.create(root);
  const children: JobItem[] = [];
  for (const shard of shardsOf(root)) {
    const indexes = indexesOf(root, shard);
    await batches.createShard({
      ...{ batch, version: 2, tenant: parent.tenant, round: 1, shard, size: indexes.length, expiresAt: 1 },
    });
    await batches.add({ batch, round: 1, shard, ended: indexes, unsuccessful: [], expiresAt: 1 });
    await batches.addFull({ batch, round: 1, shard, unsuccessful: 0 });
    for (const index of indexes)
      children.push(
        aChild({
          ...{ id: childIdOf(root, index), tenant: parent.tenant, version: 2 },
          parent: { id: parent.id, batch, index, shard, depth: 1 },
        }),
      );
  }
  for (const child of children) items.set(child.id, child);
  const whole = { ...parent, batches: new Set([...(parent.batches ?? []), batch]) };
  items.set(parent.id, whole);
  return { parent: whole, root, children };
}

/** What is left of jobs and batches, beside what says that they were erased. */
export const leftOf = ({ batches, items }: Tables): readonly string[] => [
  ...[...items.values()].flatMap(({ id, erased }) => (erased ? [] : [id])),
  ...batches.roots.keys(),
  ...batches.stored.keys(),
];
