import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { readJson } from '../shared/domain/base/read-json.ts';
import { guard, ownProcessesOnly } from './door.ts';

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

export interface LogServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts the CloudWatch Logs of this machine, on a free port of the loopback interface. It knows one query: the lines of a job.
 * @param allowedHosts names of this machine besides those of the loopback interface
 */
export async function startLogServer(lines: JobLines, allowedHosts: readonly string[]): Promise<LogServer> {
  const queries = new Map<string, readonly string[]>();
  const server = createServer((incoming, response) => {
    const call = String(incoming.headers['x-amz-target']).split('.').at(-1);
    void text(incoming).then(
      (body) => answer({ call, body }, response, { lines, queries }),
      () => incoming.destroy(),
    );
  });
  guard(server, ownProcessesOnly(allowedHosts));
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

interface Known {
  readonly lines: JobLines;
  readonly queries: Map<string, readonly string[]>;
}

const startQuery = z.object({ queryString: z.string() });
const getQueryResults = z.object({ queryId: z.string() });

function answer(
  { call, body }: { readonly call: string | undefined; readonly body: string },
  response: ServerResponse,
  { lines, queries }: Known,
): void {
  const send = (status: number, value: object) =>
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
  if (call === 'StartQuery') {
    const [, jobId] = /filter jobId = "([^"]+)"/.exec(startQuery.parse(readJson(body)).queryString) ?? [];
    if (jobId === undefined) return void send(400, { __type: 'MalformedQueryException' });
    const queryId = randomUUID();
    queries.set(queryId, lines.of(jobId));
    const [oldest] = queries.keys();
    if (queries.size > maxQueries && oldest !== undefined) queries.delete(oldest);
    return void send(200, { queryId });
  }
  const found =
    call === 'GetQueryResults' ? queries.get(getQueryResults.parse(readJson(body)).queryId) : undefined;
  if (!found) return void send(400, { __type: 'ResourceNotFoundException' });
  send(200, { status: 'Complete', results: found.map((value) => [{ field: '@message', value }]) });
}
