import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod/mini';

/** A route of an HTTP API, such as `GET /jobs/{id}`, and the function behind it. */
export interface Route {
  readonly route: string;
  readonly functionName: string;
}

interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  /** Where serverless-offline listens. */
  readonly offlinePort: number;
  readonly routes: readonly Route[];
}

/** Every further call at a time loads the function's bundle in a thread of its own. */
const maxConcurrency = Math.max(2, availableParallelism());

/** What serverless-offline answers, with status 200, when a function fails or times out. */
const functionError = z.strictObject({
  errorMessage: z.string(),
  errorType: z.string(),
  stackTrace: z.array(z.string()),
});

/**
 * Stands in front of serverless-offline, as API Gateway stands in front of Lambda. Calls of a function wait for their
 * turn, as at a concurrency limit. A function that fails is a 500, one that times out a 503, both without a stack trace.
 * @returns when it listens
 */
export async function startGateway({ host, port, offlinePort, routes }: GatewayOptions): Promise<Server> {
  const turns = new Map<string, Turns>();
  const functionOf = matcher(routes);
  const server = createServer((incoming, response) => {
    const name = functionOf(incoming.method ?? '', incoming.url ?? '/');
    const queue = turns.get(name) ?? new Turns(maxConcurrency);
    turns.set(name, queue);
    void queue.take(async () => {
      try {
        const answer = await forward(incoming, offlinePort);
        const {
          connection: _,
          'keep-alive': _alive,
          'transfer-encoding': _encoding,
          ...headers
        } = answer.headers;
        response.writeHead(answer.status, headers).end(answer.body);
      } catch {
        answerWith(response, 500, 'Internal Server Error');
      }
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function forward(incoming: IncomingMessage, port: number): Promise<Answer> {
  const { method, url, headers } = incoming;
  // A connection of its own: serverless-offline closes idle ones while a call may be on its way.
  const outgoing = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
  const responding: Promise<[IncomingMessage]> = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  outgoing.end(await buffer(incoming));
  const [response] = await responding;
  const body = await buffer(response);
  const failed = response.statusCode === 200 ? errorIn(body) : undefined;
  if (failed === undefined) return { status: response.statusCode ?? 500, headers: response.headers, body };
  const [status, message] = failed.includes('timeout')
    ? [503, 'Service Unavailable']
    : [500, 'Internal Server Error'];
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

function errorIn(body: Buffer): string | undefined {
  if (!body.includes('"stackTrace"')) return undefined;
  try {
    return functionError.safeParse(JSON.parse(body.toString())).data?.errorMessage;
  } catch {
    return undefined;
  }
}

function answerWith(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

/** Which function a call is for; calls of no route share a name. */
function matcher(routes: readonly Route[]): (method: string, url: string) => string {
  const patterns = routes.map(({ route, functionName }) => {
    const [method = '', path = ''] = route.split(' ');
    const pattern = new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}(\\?.*)?$`);
    return { method, pattern, functionName };
  });
  return (method, url) =>
    patterns.find((one) => one.method === method && one.pattern.test(url))?.functionName ?? '';
}

/** Lets so many run at a time. The others wait, first come, first served. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#free = max;
  }

  async take(run: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await run();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
