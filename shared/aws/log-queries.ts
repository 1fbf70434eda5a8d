import {
  CloudWatchLogsClient,
  GetQueryResultsCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { LogsUnavailableError } from '../domain/base/errors.ts';
import { readJson } from '../domain/base/read-json.ts';
import { type LogQueries, readWrittenLine } from '../domain/observe/log-line.ts';
import type { readLogs } from './capabilities.ts';
import { clientSettings } from './clients.ts';
import type { Granted } from './environment.ts';

/** The most that a query answers: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html */
export const maxQueryLines = 10_000;

const logClient = (): CloudWatchLogsClient => new CloudWatchLogsClient(clientSettings);

/** The logs of the stage's workers, by CloudWatch Logs Insights. */
export function insightsLogQueries(
  { STACK_NAME, SERVERS }: Granted<typeof readLogs>,
  client = logClient(),
): LogQueries {
  const logGroupNames = [
    `/aws/lambda/${STACK_NAME}-worker`,
    `/aws/lambda/${STACK_NAME}-longWorker`,
    ...(SERVERS === 'fargate' ? [`/ecs/${STACK_NAME}-servers`] : []),
  ];
  const unavailable = (cause: unknown): never => {
    throw new LogsUnavailableError('CloudWatch Logs did not answer', { cause });
  };
  return {
    async start({ jobId, from, until }) {
      const { queryId } = await client
        .send(
          new StartQueryCommand({
            logGroupNames,
            startTime: Math.floor(from / 1000),
            endTime: Math.ceil(until / 1000),
            limit: maxQueryLines,
            queryString: `fields @message | filter jobId = "${jobId}" | sort @timestamp desc`,
          }),
        )
        .catch(unavailable);
      return queryId ?? unavailable(new Error('no query id'));
    },
    async read(queryId) {
      const { status, results = [] } = await client
        .send(new GetQueryResultsCommand({ queryId }))
        .catch(unavailable);
      if (status === 'Scheduled' || status === 'Running') return undefined;
      if (status !== 'Complete') return unavailable(new Error(`the query is ${status}`));
      const messages = results.map((row) => row.find(({ field }) => field === '@message')?.value ?? '');
      return messages.map((message) => readWrittenLine(jsonIn(message))).filter((line) => line !== undefined);
    },
  };
}

/** A line that Lambda writes itself, or what a library prints, may be no JSON. */
function jsonIn(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
