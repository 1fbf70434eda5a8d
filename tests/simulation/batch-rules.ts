import type { Fields, RecordDelete, RecordUpdate } from '../../shared/domain/base/records.ts';
import { batchRoot, batchShard } from '../../shared/domain/children/batch.ts';
import type { RecordRule } from './record-rules.ts';

const rootOf = ({ id: _, ...root }: Fields = {}) => batchRoot.parse(root);
const shardOf = ({ id: _, ...shard }: Fields = {}) => batchShard.parse(shard);
/** The numbers that a write adds to a set. */
const added = (write: RecordUpdate | RecordDelete, attribute: string): readonly number[] =>
  'include' in write ? [...(write.include?.[attribute] ?? [])].map(Number) : [];

/** What checks the writes of batches, by their names. */
export const batchRules: Readonly<Record<string, RecordRule>> = {
  'create a batch': ({ after }, { childEndsRule, childRule }) => {
    const root = rootOf(after);
    childEndsRule.onCreated(root);
    // Who ended the batch before it was made has ended nothing.
    childRule.onReopened(root.batch);
  },
  'count an end': ({ write, after }, { childRule }) => {
    const { batch, round, shard, expiresAt = 0 } = shardOf(after);
    const [ended, unsuccessful] = [added(write, 'ended'), added(write, 'unsuccessful')];
    childRule.onCounted({ batch, round, shard, ended, unsuccessful, expiresAt });
    childRule.early.onCounted(batch);
  },
  'add a full shard': ({ write, after }, { childRule, groupParentRule, time }) => {
    const { batch, round } = rootOf(after);
    for (const shard of added(write, 'full')) childRule.onFull({ batch, round, shard });
    groupParentRule.onFull(batch, time.now);
  },
  'tell a root of ends': ({ write, before }, { childRule: { early } }) => {
    const root = rootOf(before);
    const { batch, round } = root;
    for (const [kind, attribute] of [
      ['succeeded', 'earlySucceeded'],
      ['unsuccessful', 'earlyUnsuccessful'],
    ] as const) {
      const indexes = added(write, attribute);
      if (indexes.length > 0) early.onAdded({ batch, round, kind, indexes, bound: 0 }, root);
    }
  },
  'end a batch': ({ after }, { childRule }) => childRule.onEnded(rootOf(after).batch),
  'reopen a batch': ({ after }, { childRule }) => childRule.onReopened(rootOf(after).batch),
  'ask for a round': ({ before }, { childRule }) => childRule.onAskedAgain(rootOf(before)),
};
