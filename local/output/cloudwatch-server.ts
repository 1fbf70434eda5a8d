import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { readJson } from '../../shared/domain/base/read-json.ts';
import { type MetricName, meteredQueues, metrics } from '../../shared/domain/observe/metrics.ts';
import { shownPercentiles } from '../../shared/domain/observe/stage-series.ts';
import { guard, ownProcessesOnly } from '../doors/door.ts';
import { readWatchCalls } from '../rights/calls.ts';
import type { MetricRing } from './metric-ring.ts';

const maxJobs = 500;
const maxLinesOfJob = 1_000;
const maxQueries = 100;

const ofJob = z.looseObject({ jobId: z.string(), timestamp: z.string() });

/** The last lines of the last jobs, as functions print them. They end with the process. */
export class JobLines {
  readonly #lines = new Map<string, string[]>();

  add(line: string, parsed: unknown): void {
    const read = ofJob.safeParse(parsed);
    if (!read.success) return;
    const { jobId } = read.data;
    const lines = this.#lines.get(jobId) ?? [];
    lines.push(line);
    if (lines.length > maxLinesOfJob) lines.shift();
    this.#lines.set(jobId, lines);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > maxJobs && oldest !== undefined) this.#lines.delete(oldest);
  }

  /** The newest first. */
  of(jobId: string): readonly string[] {
    return (this.#lines.get(jobId) ?? []).toReversed();
  }
}

type Row = readonly { readonly field: string; readonly value: string }[];

export interface CloudWatchServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** What functions have printed in this process. */
interface Printed {
  readonly lines: JobLines;
  readonly numbers: MetricRing;
}

/**
 * Starts the CloudWatch of this machine, on a free port of the loopback interface. It has what the stage counts, and
 * knows one query of logs: the lines of a job.
 * @param allowedHosts names of this machine besides those of the loopback interface
 */
export async function startCloudWatch(
  printed: Printed,
  allowedHosts: readonly string[],
): Promise<CloudWatchServer> {
  const queries = new Map<string, readonly Row[]>();
  const server = createServer((incoming, response) => {
    const call = String(incoming.headers['x-amz-target']).split('.').at(-1);
    void text(incoming).then(
      (body) => answer({ call, body }, response, { ...printed, queries }),
      () => incoming.destroy(),
    );
  });
  guard(server, ownProcessesOnly(allowedHosts, readWatchCalls));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Known extends Printed {
  readonly queries: Map<string, readonly Row[]>;
}

const startQuery = z.object({ queryString: z.string() });
const getQueryResults = z.object({ queryId: z.string() });

function answer(
  { call, body }: { readonly call: string | undefined; readonly body: string },
  response: ServerResponse,
  { lines, numbers, queries }: Known,
): void {
  const send = (status: number, value: object) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
  if (call === 'GetMetricData') return void send(200, metricData(readJson(body), numbers));
  if (call === 'StartQuery') {
    const rows = rowsOf(startQuery.parse(readJson(body)).queryString, lines);
    if (rows === undefined) return void send(400, { __type: 'MalformedQueryException' });
    const queryId = randomUUID();
    queries.set(queryId, rows);
    const [oldest] = queries.keys();
    if (queries.size > maxQueries && oldest !== undefined) queries.delete(oldest);
    return void send(200, { queryId });
  }
  const found =
    call === 'GetQueryResults' ? queries.get(getQueryResults.parse(readJson(body)).queryId) : undefined;
  if (!found) return void send(400, { __type: 'ResourceNotFoundException' });
  send(200, { status: 'Complete', results: found });
}

const metricName = z.enum(Object.keys(metrics) as [MetricName, ...MetricName[]]);
const dimensionOf = <Name extends string, Schema extends z.ZodMiniType>(name: Name, Value: Schema) =>
  z.object({ Name: z.literal(name), Value });
const queue = dimensionOf('Queue', z.enum(meteredQueues));
const getMetricData = z.object({
  StartTime: z.number(),
  EndTime: z.number(),
  MetricDataQueries: z.array(z.object({ Id: z.string(), MetricStat: z.unknown() })),
});
/**
 * What the stage counts itself. Of all else this machine has no values, as CloudWatch has none of a metric that it does
 * not know.
 */
const ownMetric = z.object({
  Metric: z.object({
    MetricName: metricName,
    Dimensions: z.union([z.tuple([queue]), z.tuple([queue, dimensionOf('Type', z.string())])]),
  }),
  Period: z.int(),
  Stat: z.enum(['Sum', ...shownPercentiles]),
});

/** The newest first. Periods in which nothing was counted are missing, as in CloudWatch. */
function metricData(body: unknown, numbers: MetricRing) {
  const { StartTime: from, EndTime, MetricDataQueries } = getMetricData.parse(body);
  const MetricDataResults = MetricDataQueries.map(({ Id, MetricStat }) => {
    const { Metric, Period: periodSeconds, Stat: stat } = ownMetric.safeParse(MetricStat).data ?? {};
    if (!Metric || periodSeconds === undefined || stat === undefined) return resultOf(Id, []);
    const [{ Value: queue }, type] = Metric.Dimensions;
    const span = { from, periodSeconds, periods: Math.ceil((EndTime - from) / periodSeconds) };
    const query = { metric: Metric.MetricName, stat, queue, type: type?.Value };
    const values = [...numbers.read(query, span).entries()].reverse();
    return resultOf(
      Id,
      values.flatMap(([at, value]) => (value === undefined ? [] : [[from + at * periodSeconds, value]])),
    );
  });
  return { MetricDataResults, Messages: [] };
}

const resultOf = (Id: string, values: readonly (readonly number[])[]) => ({
  Id,
  Label: Id,
  Timestamps: values.map(([time]) => time),
  Values: values.map(([, value]) => value),
  StatusCode: 'Complete',
});

/** @returns undefined for a query that this machine does not know */
function rowsOf(query: string, lines: JobLines): readonly Row[] | undefined {
  const [, jobId] = /filter jobId = "([^"]+)"/.exec(query) ?? [];
  return jobId === undefined ? undefined : lines.of(jobId).map((value) => [{ field: '@message', value }]);
}
