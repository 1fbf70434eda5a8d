import { DescribeTableCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { StoreUnavailableError } from '../../domain/base/errors.ts';
import type { Random } from '../../domain/base/ports.ts';
import { jobItem } from '../../domain/state/job/item.ts';
import type { JobSample, SampledJob } from '../../domain/state/ports.ts';
import { waitAttributes, waitOf } from '../../domain/state/waits/wait.ts';
import type { sampleJobs } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { fromAttributes } from './attribute-value.ts';

/** What one `Scan` reads. */
const pageBytes = 1024 * 1024;
/** 16 MB are 2,048 read units: $0.0003 in Frankfurt. */
const maxPages = 16;
/** DynamoDB has no more. Of a table of 524 GB and more, a segment is more than a page. */
const maxSegments = 1_000_000;

// An answer may be large. A job that waits for one waits for its time without them.
const { signals: _, ...ofWaits } = waitAttributes;
const sampled = z.pick(jobItem, { ...ofWaits, id: true, tenant: true, type: true, finishedAt: true });
const names = Object.keys(sampled.shape);

/**
 * Reads some of all jobs: the first pages of random segments of the table, 16 of them at most. An id is a hash, so
 * these are any.
 */
export const dynamoDbJobSample = (
  client: DynamoDBClient,
  { TABLE_NAME: TableName }: Granted<typeof sampleJobs>,
  random: Pick<Random, 'fraction'>,
): (() => Promise<JobSample>) => {
  const page = async (Segment: number, TotalSegments: number) => {
    const { Items = [], ConsumedCapacity } = await client.send(
      new ScanCommand({
        TableName,
        Segment,
        TotalSegments,
        ProjectionExpression: names.map((_name, index) => `#${index}`).join(', '),
        ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#${index}`, name])),
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    return { items: Items, units: ConsumedCapacity?.CapacityUnits ?? 0 };
  };
  return async () => {
    try {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      // DynamoDB says it every six hours: a table that is younger than that may well have filled some segments.
      const tableBytes = Table?.TableSizeBytes ?? 0;
      const segments = Math.min(maxSegments, Math.max(maxPages, Math.ceil(tableBytes / (pageBytes / 2))));
      const chosen = someOf(segments, () => random.fraction());
      const pages = await Promise.all(chosen.map((segment) => page(segment, segments)));
      return {
        jobs: pages.flatMap(({ items }) => items.flatMap(readJob)),
        share: Math.min(chosen.length / segments, (chosen.length * pageBytes) / tableBytes),
        units: pages.reduce((sum, { units }) => sum + units, 0),
      };
    } catch (cause) {
      throw new StoreUnavailableError('the jobs could not be looked through', { cause });
    }
  };
};

/** Neither what is left of an erased job, nor what a newer version has written in another shape. */
function readJob(item: Parameters<typeof fromAttributes>[0]): readonly SampledJob[] {
  const { data } = sampled.safeParse(fromAttributes(item));
  if (data === undefined || data.tenant === '') return [];
  const { id, tenant, type, status, updatedAt, finishedAt, error } = data;
  return [{ id, tenant, type, status, updatedAt, finishedAt, wait: waitOf(data), errorName: error?.name }];
}

function someOf(segments: number, random: () => number): readonly number[] {
  const chosen = new Set<number>();
  while (chosen.size < maxPages) chosen.add(Math.floor(random() * segments));
  return [...chosen];
}
