import { setTimeout as sleep } from 'node:timers/promises';
import {
  ContinuousBackupsUnavailableException,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ListTagsOfResourceCommand,
  type Tag,
  TagResourceCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { TableSettings } from './table-settings.ts';

interface Restored extends TableSettings {
  readonly source: string;
  readonly target: string;
  /** Whether the stage keeps its data. */
  readonly isProtected: boolean;
}

/** A restored table has no expiry, no point-in-time recovery, no tags and no protection. Each step can be repeated. */
export async function switchOn(client: DynamoDBClient, restored: Restored): Promise<void> {
  const { source, target, expiry, isProtected } = restored;
  if (expiry !== undefined) await switchExpiryOn(client, target, expiry);
  await switchRecoveryOn(client, target);
  await copyTags(client, { source, target });
  if (isProtected)
    await client.send(new UpdateTableCommand({ TableName: target, DeletionProtectionEnabled: true }));
}

/** DynamoDB refuses to switch it on twice. */
async function switchExpiryOn(client: DynamoDBClient, TableName: string, AttributeName: string) {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  if (TimeToLiveDescription?.TimeToLiveStatus?.startsWith('ENABL')) return;
  const TimeToLiveSpecification = { AttributeName, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

const tries = 30;
const pauseMs = 10_000;

/** A table that is new may refuse for a while. */
async function switchRecoveryOn(client: DynamoDBClient, TableName: string): Promise<void> {
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  for (let left = tries; ; left--)
    try {
      await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
      return;
    } catch (error) {
      if (left === 1 || !(error instanceof ContinuousBackupsUnavailableException)) throw error;
      await sleep(pauseMs);
    }
}

interface Copy {
  readonly source: string;
  readonly target: string;
}

/** But those of AWS itself, such as that of the stack. */
async function copyTags(client: DynamoDBClient, { source, target }: Copy): Promise<void> {
  const tags: Tag[] = [];
  const ResourceArn = await arnOf(client, source);
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListTagsOfResourceCommand({ ResourceArn, NextToken }));
    tags.push(...(page.Tags ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const Tags = tags.filter(({ Key = '' }) => !Key.startsWith('aws:'));
  if (Tags.length === 0) return;
  await client.send(new TagResourceCommand({ ResourceArn: await arnOf(client, target), Tags }));
}

async function arnOf(client: DynamoDBClient, TableName: string): Promise<string> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  return Table?.TableArn ?? '';
}
