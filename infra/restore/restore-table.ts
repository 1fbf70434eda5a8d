import {
  DescribeContinuousBackupsCommand,
  type DynamoDBClient,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { jobTable } from '../../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { findTable } from '../deployed/find-table.ts';

/** A table cannot be restored. The message says why. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
}

/** A table of then, beside the one of now. */
export interface Restore {
  readonly source: string;
  readonly target: string;
  /** Whole seconds, epoch milliseconds. */
  readonly at: number;
}

/** @returns such as `20261125T1015`, in UTC; with seconds if they are not zero */
export function stampOf(at: number): string {
  const [minutes, seconds = '00'] = new Date(at)
    .toISOString()
    .replaceAll(/[-:]/g, '')
    .split(/(?<=T\d{4})/);
  const rest = seconds.slice(0, 2);
  return rest === '00' ? `${minutes}` : `${minutes}${rest}`;
}

/** @throws RestoreError if the table cannot be restored to that time */
export async function checkTime(client: DynamoDBClient, { source, at }: Omit<Restore, 'target'>) {
  const { ContinuousBackupsDescription } = await client.send(
    new DescribeContinuousBackupsCommand({ TableName: source }),
  );
  const window = ContinuousBackupsDescription?.PointInTimeRecoveryDescription ?? {};
  const { EarliestRestorableDateTime: first, LatestRestorableDateTime: last } = window;
  if (first === undefined || last === undefined)
    throw new RestoreError(`${source} cannot be restored: its point-in-time recovery is off.`);
  if (at >= first.getTime() && at <= last.getTime()) return;
  throw new RestoreError(
    `${source} can be restored to a time from ${first.toISOString()} to ${last.toISOString()}, and not to ${new Date(at).toISOString()}.`,
  );
}

/** Begins, unless an interrupted command has begun. @throws RestoreError if there is another table of that name */
export async function beginRestore(client: DynamoDBClient, restore: Restore): Promise<void> {
  const { source, target, at } = restore;
  const found = await findTable(client, target);
  if (found !== undefined) return checkIsThat(found, restore);
  await client.send(
    new RestoreTableToPointInTimeCommand({
      SourceTableName: source,
      TargetTableName: target,
      RestoreDateTime: new Date(at),
    }),
  );
}

function checkIsThat({ RestoreSummary }: TableDescription, { source, target, at }: Restore): void {
  const { SourceTableArn = '', RestoreDateTime } = RestoreSummary ?? {};
  const seconds = (time: number | undefined) => Math.floor((time ?? 0) / 1000);
  if (SourceTableArn.endsWith(`:table/${source}`) && seconds(RestoreDateTime?.getTime()) === seconds(at))
    return;
  throw new RestoreError(
    `There is a table ${target}, and it is not ${source} of ${new Date(at).toISOString()}. Delete it, or take another time.`,
  );
}

const maxWaitSeconds = 24 * 3600;

/** A table is ACTIVE once all its items and indexes are there. AWS says that this can take several hours. */
export async function untilActive(client: DynamoDBClient, TableName: string): Promise<void> {
  await waitUntilTableExists(
    { client, maxWaitTime: maxWaitSeconds, minDelay: 10, maxDelay: 30 },
    { TableName },
  );
}

/**
 * What is paused now is paused in the table of then, too, and so is the stage: after the deployment somebody looks
 * before anything starts. What was paused then stays paused: jobs that it held may still wait for its end. The stage of
 * now is not paused by it: a pause takes jobs out of the queues into the table of now, which is left.
 */
export async function pauseRestored(
  client: DynamoDBClient,
  { source, target, at }: Restore,
  now: number,
): Promise<void> {
  const pausesOf = (TABLE_NAME: string) =>
    pausesIn(dynamoDbRecords(client, readEnvironment({ jobTable }, { TABLE_NAME })));
  const [ofNow, ofThen] = [pausesOf(source), pausesOf(target)];
  const paused = await ofNow.read();
  for (const [name, one] of paused) await ofThen.put(name, one);
  const stage = paused.get('stage');
  if (stage !== undefined && stage.resumedAt === undefined && stage.until === undefined) return;
  const why = `the table is that of ${new Date(at).toISOString()}`;
  await ofThen.put('stage', { at: now, by: 'npm run stage -- restore', why });
}
