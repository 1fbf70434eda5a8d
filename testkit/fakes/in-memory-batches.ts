import { batchKeyPrefix, batchRoot, batchShard, rootKeyOf } from '../../shared/domain/children/batch.ts';
import { batchesIn } from '../../shared/domain/children/batches.ts';
import { InMemoryRecords } from './in-memory-records.ts';
import { RecordView } from './record-view.ts';

/** The batches in a table in memory, and their items as tests look at them. */
export function inMemoryBatches(records = new InMemoryRecords()) {
  const isOf = (id: string, has: 'root' | 'shard'): boolean =>
    id.startsWith(batchKeyPrefix) && id.includes('/', batchKeyPrefix.length) === (has === 'shard');
  return {
    ...batchesIn(records),
    records,
    isErased: (batch: string): boolean => records.items.get(rootKeyOf(batch))?.erased === true,
    /** By batch. */
    roots: new RecordView(records, {
      keyOf: (id, { erased }) => (isOf(id, 'root') && !erased ? id.slice(batchKeyPrefix.length) : undefined),
      idOf: rootKeyOf,
      read: ({ id: _, ...root }) => batchRoot.parse(root),
    }),
    /** By the id of the item. */
    stored: new RecordView(records, {
      keyOf: (id, { erased }) => (isOf(id, 'shard') && !erased ? id : undefined),
      idOf: (id) => id,
      read: ({ id: _, ...shard }) => batchShard.parse(shard),
    }),
  };
}

export type InMemoryBatches = ReturnType<typeof inMemoryBatches>;
