import * as z from 'zod/mini';
import { LogsUnavailableError } from '../../domain/base/errors.ts';
import { readJson } from '../../domain/base/read-json.ts';
import { type LogQueries, readWrittenLine } from '../../domain/observe/log-line.ts';
import { readSigned } from '../clients/signed-call.ts';
import type { readLogs } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';

/**
 * The most that a query answers:
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
 */
const maxQueryLines = 10_000;

type LogConfig = Granted<typeof readLogs>;

/** A call of CloudWatch Logs. It may throw whatever it wants. */
type CallLogs = (operation: 'StartQuery' | 'GetQueryResults', body: object) => Promise<unknown>;

const started = z.object({ queryId: z.string() });
const answered = z.object({
  status: z.string(),
  results: z._default(z.array(z.array(z.object({ field: z.string(), value: z.string() }))), []),
});

/** The logs of the stage's workers, by CloudWatch Logs Insights. */
export function insightsLogQueries(config: LogConfig, call: CallLogs = signedCalls(config)): LogQueries {
  const { STACK_NAME, SERVERS } = config;
  const logGroupNames = [
    `/aws/lambda/${STACK_NAME}-worker`,
    `/aws/lambda/${STACK_NAME}-longWorker`,
    ...(SERVERS === 'fargate' ? [`/ecs/${STACK_NAME}-servers`] : []),
  ];
  const asked: typeof call = (operation, body) =>
    call(operation, body).catch((cause: unknown) => {
      throw new LogsUnavailableError('CloudWatch Logs did not answer', { cause });
    });
  return {
    async start({ jobId, from, until }) {
      const answer = await asked('StartQuery', {
        logGroupNames,
        startTime: Math.floor(from / 1000),
        endTime: Math.ceil(until / 1000),
        limit: maxQueryLines,
        queryString: `fields @message | filter jobId = "${jobId}" | sort @timestamp desc`,
      });
      return started.parse(answer).queryId;
    },
    async read(queryId) {
      const { status, results } = answered.parse(await asked('GetQueryResults', { queryId }));
      if (status === 'Scheduled' || status === 'Running') return undefined;
      if (status !== 'Complete') throw new LogsUnavailableError(`the query is ${status}`);
      const messages = results.map((row) => row.find(({ field }) => field === '@message')?.value ?? '');
      return messages.map((message) => readWrittenLine(jsonIn(message))).filter((line) => line !== undefined);
    },
  };
}

/** With the client, each function would have 14 KB of event streams more. */
const signedCalls =
  ({ AWS_REGION: region, AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: endpoint }: LogConfig): CallLogs =>
  (operation, input) =>
    readSigned({ service: 'logs', region, endpoint, target: `Logs_20140328.${operation}`, input });

/** A line that Lambda writes itself, or what a library prints, may be no JSON. */
function jsonIn(text: string): unknown {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}
