import { batchKeyPrefix, batchRoot, batchShard, rootKeyOf } from '../../shared/domain/children/batch.ts';
import { batchesIn } from '../../shared/domain/children/batches.ts';
import { InMemoryRecords } from './in-memory-records.ts';
import { RecordView } from './record-view.ts';

/** The batches in a table in memory, and their items as tests look at them. */
export function inMemoryBatches(records = new InMemoryRecords()) {
  const batchOf = (id: string): string => id.slice(batchKeyPrefix.length);
  const isRoot = (id: string): boolean => !batchOf(id).includes('/');
  return {
    ...batchesIn(records),
    records,
    isErased: (batch: string): boolean => records.items.get(rootKeyOf(batch))?.erased === true,
    /** By batch. */
    roots: new RecordView(records, {
      keyOf: (id, { erased }) => (isRoot(id) && !erased ? batchOf(id) : undefined),
      idOf: rootKeyOf,
      read: ({ id: _, ...root }) => batchRoot.parse(root),
    }),
    /** By the id of the item. */
    stored: new RecordView(records, {
      keyOf: (id, { erased }) => (isRoot(id) || erased ? undefined : id),
      idOf: (id) => id,
      read: ({ id: _, ...shard }) => batchShard.parse(shard),
    }),
  };
}

export type InMemoryBatches = ReturnType<typeof inMemoryBatches>;
