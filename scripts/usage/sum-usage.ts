import {
  type CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { usageQuery } from '../../infra/log-queries.ts';
import { computingUsd, prices } from '../../shared/domain/observe/prices.ts';

export const groupings = ['type', 'tenant'] as const;
export type Grouping = (typeof groupings)[number];

/** What the jobs of a type, or of a tenant, have used. */
export interface Usage {
  readonly name: string;
  readonly attempts: number;
  readonly gbSeconds: number;
  readonly usd: number;
}

interface UsageQuery {
  readonly logGroupNames: readonly string[];
  readonly by: Grouping;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly until: number;
}

/** The log groups of what runs jobs, as far as they are there, and what a search in them costs at most. */
export async function priceOfSearch(stack: string, client: CloudWatchLogsClient) {
  const wanted = [`/aws/lambda/${stack}-worker`, `/aws/lambda/${stack}-longWorker`, `/ecs/${stack}-servers`];
  const found = await Promise.all(
    wanted.map(async (logGroupNamePrefix) => {
      const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
      return logGroups.filter(({ logGroupName }) => logGroupName === logGroupNamePrefix);
    }),
  );
  const groups = found.flat();
  const bytes = groups.reduce((sum, { storedBytes = 0 }) => sum + storedBytes, 0);
  return {
    logGroupNames: groups.flatMap(({ logGroupName }) => logGroupName ?? []),
    gb: bytes / 1e9,
    maxUsd: (bytes / 1e9) * prices.searchedGb,
  };
}

const pollMs = 1_000;

/**
 * Sums up the attempts that have ended since, by CloudWatch Logs Insights: the dearest first.
 * @throws Error if the search fails
 */
export async function sumUsage(
  { logGroupNames, by, since, until }: UsageQuery,
  client: CloudWatchLogsClient,
  sleep: (milliseconds: number) => Promise<void>,
): Promise<readonly Usage[]> {
  const { queryId } = await client.send(
    new StartQueryCommand({
      logGroupNames: [...logGroupNames],
      startTime: Math.floor(since / 1000),
      endTime: Math.ceil(until / 1000),
      limit: 10_000,
      queryString: usageQuery(by),
    }),
  );
  for (;;) {
    const { status, results = [] } = await client.send(new GetQueryResultsCommand({ queryId }));
    if (status === 'Complete')
      return added(
        results.map((row) => Object.fromEntries(row.map(({ field, value }) => [field, value]))),
        by,
      );
    if (status !== 'Scheduled' && status !== 'Running') throw new Error(`The search is ${status}.`);
    await sleep(pollMs);
  }
}

/** A row for each place. */
function added(
  rows: readonly Readonly<Record<string, string | undefined>>[],
  by: Grouping,
): readonly Usage[] {
  const byName = Map.groupBy(rows, (row) => row[by] ?? '');
  const all = [...byName].map(([name, some]) => {
    const sum = (field: 'attempts' | 'mbMs', isOf = (_place: string) => true) =>
      some.filter(({ place = '' }) => isOf(place)).reduce((total, row) => total + Number(row[field] ?? 0), 0);
    const inFunctions = sum('mbMs', (place) => place === 'function');
    const onServers = sum('mbMs', (place) => place !== 'function');
    return {
      name,
      attempts: sum('attempts'),
      gbSeconds: Math.round((inFunctions + onServers) / 1_024) / 1_000,
      usd: computingUsd(inFunctions, onServers),
    };
  });
  return all.sort((one, other) => other.usd - one.usd);
}

/** A table for people. */
export function describeUsage(usage: readonly Usage[], by: Grouping): string {
  const total = usage.reduce((sum, { usd }) => sum + usd, 0);
  const width = Math.max(by.length, 'in all'.length, ...usage.map(({ name }) => name.length));
  const row = (name: string, attempts: string, gbSeconds: string, usd: string) =>
    `${name.padEnd(width)}  ${attempts.padStart(10)}  ${gbSeconds.padStart(14)}  ${usd.padStart(10)}`;
  return [
    row(by, 'attempts', 'GB-seconds', 'about'),
    ...usage.map(({ name, attempts, gbSeconds, usd }) =>
      row(name, String(attempts), gbSeconds.toFixed(3), `$${usd.toFixed(4)}`),
    ),
    row('in all', '', '', `$${total.toFixed(4)}`),
  ].join('\n');
}
