import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Storable } from '../domain/base/records.ts';
import { fromAttributes, toAttributes } from './attribute-value.ts';
import { conditionHeld } from './conditional-write.ts';

interface ItemAddress {
  readonly TableName: string;
  readonly id: string;
  /** The attribute that counts the writes. */
  readonly versionName: string;
}

/**
 * One item that a function keeps between its calls, in no list of jobs. It does not expire. Each write says which
 * version was read: of two at a time only one writes.
 * @param failed throws what the port calls an error of the table
 */
export function versionedItem(
  client: DynamoDBClient,
  { TableName, id, versionName }: ItemAddress,
  failed: (cause: unknown) => never,
) {
  const Key = toAttributes({ id });
  return {
    /** @returns the attributes, with the version; none if the item was never written */
    async read() {
      const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
      const { Item = {} } = await client.send(command).catch(failed);
      return fromAttributes(Item);
    },

    /**
     * @param values of the attributes; one that is undefined is removed
     * @param version that was read, 0 if there was none
     * @returns false if somebody has written since
     */
    async write(values: Readonly<Record<string, Storable | undefined>>, version: number): Promise<boolean> {
      const condition = version === 0 ? `attribute_not_exists(#${versionName})` : `#${versionName} = :read`;
      const command = new UpdateItemCommand({
        TableName,
        Key,
        ...updateTo({ ...values, [versionName]: version + 1 }, version === 0 ? {} : { ':read': version }),
        ConditionExpression: condition,
      });
      return conditionHeld(client.send(command), failed);
    },
  };
}

/** Every name has an alias: some are reserved words of DynamoDB. @param more values of the condition */
function updateTo(values: Readonly<Record<string, Storable | undefined>>, more: Record<string, number>) {
  const names = Object.keys(values);
  const kept = names.filter((name) => values[name] !== undefined);
  const removed = names.filter((name) => values[name] === undefined);
  const removes = removed.length > 0 ? ` REMOVE ${removed.map((name) => `#${name}`).join(', ')}` : '';
  const given = Object.fromEntries(kept.map((name) => [`:${name}`, values[name]]));
  return {
    UpdateExpression: `SET ${kept.map((name) => `#${name} = :${name}`).join(', ')}${removes}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: toAttributes({ ...given, ...more }),
  };
}
