import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { StoreUnavailableError } from '../domain/base/errors.ts';
import type { Storable } from '../domain/base/records.ts';
import { currentVersion, plainVersion } from '../domain/base/version.ts';
import {
  groupExpiresAt,
  groupKeyOf,
  groupListKeyOf,
  maxGroupJobs,
} from '../domain/state/failures/failure.ts';
import { listPositionOf } from '../domain/state/job/list-keys.ts';
import type { ErrorGroups } from '../domain/state/ports.ts';
import { toAttributes } from './attribute-value.ts';
import { conditionHeld } from './conditional-write.ts';

/**
 * What the values of an update are put into: attributes that it sets, always or once, and what it asks for and adds.
 */
interface Update {
  readonly set: Readonly<Record<string, Storable>>;
  readonly once?: Readonly<Record<string, Storable>>;
  readonly condition: string;
  readonly add?: string;
  readonly values: Readonly<Record<string, Storable>>;
}

/** The table of jobs behind the `ErrorGroups` port: `UpdateItem`, and no other call. */
export function dynamoDbErrorGroups(
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: { readonly TABLE_NAME: string },
  /** The longest that a job is kept, be it a child or not: a group names no longer than that what it has. */
  keptMs: number,
): ErrorGroups {
  /** @returns whether the condition held */
  async function update(groupId: string, { set, once = {}, condition, add = '', values }: Update) {
    // Every name has an alias: some are reserved words of DynamoDB.
    const names = ['jobs', 'version', ...Object.keys(set), ...Object.keys(once)].map((name) => [
      `#${name}`,
      name,
    ]);
    const sets = [
      ...Object.keys(set).map((name) => `#${name} = :${name}`),
      ...Object.keys(once).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
    ];
    const each = Object.entries({ ...set, ...once }).map(([name, value]) => [`:${name}`, value]);
    const input = {
      TableName,
      Key: toAttributes({ id: groupKeyOf(groupId) }),
      UpdateExpression: `SET ${sets.join(', ')}${add}`,
      ConditionExpression: `(attribute_not_exists(#version) OR #version <= :known) AND (${condition})`,
      ExpressionAttributeNames: Object.fromEntries(names),
      ExpressionAttributeValues: toAttributes({
        ...Object.fromEntries(each),
        ...values,
        ':known': currentVersion,
      }),
    };
    return conditionHeld(client.send(new UpdateItemCommand(input)), (cause) => {
      throw new StoreUnavailableError('the group of an error could not be written', { cause });
    });
  }

  return {
    add: ({ groupId, jobId, tenant, type, name, at }) =>
      update(groupId, {
        set: {
          version: plainVersion,
          tenant,
          type,
          name,
          listKey: groupListKeyOf(tenant),
          lastSeenAt: at,
          expiresAt: groupExpiresAt(at, keptMs),
        },
        once: { firstSeenAt: at, listPosition: listPositionOf(at, groupId) },
        add: ' ADD #jobs :added',
        condition: 'attribute_not_exists(#jobs) OR size(#jobs) < :max AND NOT contains(#jobs, :job)',
        values: { ':added': new Set([jobId]), ':max': maxGroupJobs, ':job': jobId },
      }),
    addToFull: ({ groupId, jobId, at }) =>
      update(groupId, {
        set: { more: true, lastSeenAt: at },
        condition: 'size(#jobs) >= :max AND NOT contains(#jobs, :job)',
        values: { ':max': maxGroupJobs, ':job': jobId },
      }),
  };
}
