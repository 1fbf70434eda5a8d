import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import type { AccessEntry } from '../../shared/domain/access/access-entry.ts';
import type { Storable } from '../../shared/domain/base/records.ts';

/** Counts the updates of an entry. Only commands use it, so it is in no schema. */
export const revision = 'revision';

interface Update {
  readonly before: AccessEntry;
  readonly after: AccessEntry;
  /** The revision that was read; an entry that was never updated has none. */
  readonly known: AttributeValue | undefined;
}

const valuesOf = (entry: AccessEntry): Readonly<Record<string, Storable | undefined>> => entry;

/** A write of the attributes that differ, if the entry has the same revision still; undefined if none differs. */
export function updateOf({ before, after, known }: Update) {
  const [old, next] = [valuesOf(before), valuesOf(after)];
  const changed = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter(
    (name) => JSON.stringify(old[name]) !== JSON.stringify(next[name]),
  );
  if (changed.length === 0) return undefined;
  const kept = changed.filter((name) => next[name] !== undefined);
  const dropped = changed.filter((name) => next[name] === undefined);
  const set = [`#${revision} = :next`, ...kept.map((name) => `#${name} = :${name}`)].join(', ');
  const remove = dropped.length > 0 ? ` REMOVE ${dropped.map((name) => `#${name}`).join(', ')}` : '';
  const values = Object.fromEntries(kept.map((name) => [`:${name}`, next[name]]));
  return {
    Key: toAttributes({ id: before.id }),
    UpdateExpression: `SET ${set}${remove}`,
    ConditionExpression:
      known === undefined ? 'attribute_exists(id) AND attribute_not_exists(#revision)' : '#revision = :known',
    ExpressionAttributeNames: Object.fromEntries([revision, ...changed].map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...toAttributes({ ...values, ':next': Number(known?.N ?? 0) + 1 }),
      ...(known === undefined ? {} : { ':known': known }),
    },
  };
}
