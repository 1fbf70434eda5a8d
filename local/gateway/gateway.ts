import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import * as z from 'zod/mini';
import { securityHeaders } from '../../shared/http/wire/security-headers.ts';
import { whyStrangeHost } from '../doors/allowed-hosts.ts';
import {
  isTooLargeForLambda,
  jsonIn,
  offlineRefusal,
  refusal,
  refusalOf,
  refuse,
  refuseOn,
  whyUnreadable,
  whyUnusable,
} from '../doors/refused-requests.ts';
import type { CallOffline, OfflineAnswer } from '../lambda/offline-servers.ts';
import { urlToRoute } from './decode-path.ts';
import { corsHeadersFor, type GatewayCors, whyStrangeOrigin, withoutCors } from './gateway-cors.ts';

/** A route of an HTTP API, such as `GET /jobs/{id}`, and the function behind it. */
export interface Route {
  readonly route: string;
  readonly functionName: string;
}

interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  /** Calls serverless-offline. */
  readonly offline: CallOffline;
  readonly routes: readonly Route[];
  /** Which pages of other origins may read answers; none without it. */
  readonly cors?: GatewayCors | undefined;
  /** Names of this machine besides those of the loopback interface. */
  readonly allowedHosts: readonly string[];
  /** What the functions have counted, as text for Prometheus: `GET /metrics`, which no deployed API has. */
  readonly metrics: () => string;
  /**
   * Whether callers need a credential. The numbers are of all tenants: they are for who may see the pauses of the
   * stage.
   */
  readonly isClosed: boolean;
}

/** A route that asks for the right `operate`, and costs one read. */
const forOperators = '/pauses';

/** Every concurrent call of a function loads its bundle in another thread. */
const keepAliveMs = 65_000;
const maxConcurrency = Math.max(2, availableParallelism());

/** serverless-offline answers this, with status 200, when a function fails or times out. */
const functionError = z.strictObject({
  errorMessage: z.string(),
  errorType: z.string(),
  stackTrace: z.array(z.string()),
});

/**
 * Starts an HTTP server in front of serverless-offline, as API Gateway is in front of Lambda. It limits the concurrency
 * of every function: further calls wait. If a function fails, it answers 500; if it times out, 503; both without a
 * stack trace.
 * @returns the server, once it listens
 */
export async function startGateway({
  host,
  port,
  offline,
  routes,
  cors,
  allowedHosts,
  metrics,
  isClosed,
}: GatewayOptions): Promise<Server> {
  const semaphores = new Map<string, Semaphore>();
  const functionOf = matcher(routes);
  const methods = methodsOf(routes);
  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    const unusable = whyUnusable(incoming);
    if (unusable) {
      refuse(response, refusal(400, unusable, incoming.url));
      return;
    }
    const url = urlToRoute(incoming.url ?? '/');
    if (url === undefined) {
      refuse(response, refusal(400, 'The path is badly escaped.', incoming.url));
      return;
    }
    incoming.url = url;
    const strange = whyStrangeHost(incoming.headers.host, allowedHosts) ?? whyStrangeOrigin(incoming, cors);
    if (strange) {
      refuse(response, refusal(403, strange, url));
      return;
    }
    route(incoming, response);
  };
  const route = (incoming: IncomingMessage, response: ServerResponse): void => {
    const isMetrics = incoming.url === '/metrics' && incoming.method === 'GET';
    if (isMetrics && !isClosed) {
      response.writeHead(200, metricsHeaders).end(metrics());
      return;
    }
    if (isMetrics) incoming.url = forOperators;
    const name = functionOf(incoming.method ?? '', incoming.url ?? '');
    const semaphore = semaphores.get(name) ?? new Semaphore(maxConcurrency);
    semaphores.set(name, semaphore);
    for (const [header, value] of Object.entries(corsHeadersFor(incoming, cors, methods)))
      response.setHeader(header, value);
    void semaphore.run(() => handOn(incoming, response, isMetrics ? forAllowed(offline, metrics) : offline));
  };
  // A request without a host is answered here, with a problem document.
  const server = createServer({ requireHostHeader: false }, answer)
    .on('checkExpectation', ({ url }: IncomingMessage, response: ServerResponse) =>
      refuse(response, refusal(417, 'The API knows no expectation but 100-continue.', url)),
    )
    .on('clientError', (error, socket) => refuseOn(socket, refusalOf(error)))
    .on('connect', (_request, socket) => refuseOn(socket, refusal(400, 'The API is no proxy.')));
  // After the default of 5 s it may close an idle connection just when a busy client sends on it.
  server.keepAliveTimeout = keepAliveMs;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

const metricsHeaders = {
  'content-type': 'text/plain; version=0.0.4; charset=utf-8',
  ...securityHeaders('http'),
};

/**
 * Answers with a text of our own where a function would let the caller in, and says what the function says where not.
 */
const forAllowed =
  (offline: CallOffline, text: () => string): CallOffline =>
  async (request) => {
    const answer = await offline(request);
    if (answer.status === 200) return { status: 200, headers: metricsHeaders, body: Buffer.from(text()) };
    const body = Buffer.from(answer.body.toString().replace(`"${forOperators}"`, '"/metrics"'));
    return { ...answer, headers: { ...answer.headers, 'content-length': String(body.length) }, body };
  };

async function handOn(
  incoming: IncomingMessage,
  response: ServerResponse,
  offline: CallOffline,
): Promise<void> {
  try {
    const { status, headers, body } = await forward(incoming, offline);
    const {
      connection: _,
      'keep-alive': _alive,
      'transfer-encoding': _encoding,
      ...others
    } = withoutCors(headers);
    // That of a `HEAD` would be the length of nothing.
    if (incoming.method === 'HEAD') delete others['content-length'];
    response.writeHead(status, others).end(body);
  } catch {
    const { status, headers, body } = gatewayAnswer(500, 'Internal Server Error');
    response.writeHead(status, headers).end(body);
  }
}

async function forward(incoming: IncomingMessage, offline: CallOffline): Promise<OfflineAnswer> {
  // serverless-offline would answer a part of a document. API Gateway does not know ranges.
  // And it would believe who writes into this header what an authorizer has found.
  const { range: _, 'sls-offline-authorizer-override': _forged, ...headers } = incoming.headers;
  const { method = '', url = '' } = incoming;
  // serverless-offline would answer a preflight by itself.
  if (method === 'OPTIONS') delete headers.origin;
  // `buffer` of Node.js goes by a Blob, and takes three times as long.
  const sent = Buffer.concat(await incoming.toArray());
  const isRead = method !== 'GET' && method !== 'HEAD';
  const unreadable = isRead ? whyUnreadable(headers['content-type']) : undefined;
  if (unreadable !== undefined) return refusal(400, unreadable, url);
  if (isTooLargeForLambda(sent, headers)) return gatewayAnswer(413, 'Request Too Long');
  if (!isRead) {
    // serverless-offline answers without reading it, and resets the connection on which it still comes.
    for (const name of ['content-length', 'transfer-encoding']) delete headers[name];
  }
  const {
    status,
    headers: answered,
    body,
  } = await offline({
    ...{ method, url, headers },
    body: isRead ? sent : undefined,
  });
  const refused = offlineRefusal(status, body);
  if (refused === authorizerFailed) return gatewayAnswer(500, 'Internal Server Error');
  if (refused !== undefined) return refusal(status, refused, url);
  const failed = status === 200 ? errorIn(body) : undefined;
  const { 'accept-ranges': _ranges, ...others } = answered;
  if (failed === undefined) return { status, headers: others, body };
  return failed.includes('timeout')
    ? gatewayAnswer(503, 'Service Unavailable')
    : gatewayAnswer(500, 'Internal Server Error');
}

/** What serverless-offline says if the function before the others has failed. API Gateway answers 500 then. */
const authorizerFailed = 'Unauthorized.';

const errorIn = (body: Buffer): string | undefined =>
  body.includes('"stackTrace"') ? functionError.safeParse(jsonIn(body)).data?.errorMessage : undefined;

/** What API Gateway answers itself. */
const gatewayAnswer = (status: number, message: string): OfflineAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ message })),
});

/** As osls declares them: those of all routes, and OPTIONS. */
const methodsOf = (routes: readonly Route[]): readonly string[] => [
  ...new Set(['OPTIONS', 'HEAD', ...routes.flatMap(({ route }) => /^([A-Z]+) /.exec(route)?.[1] ?? [])]),
];

/** Finds the function that a call is for. Calls without a route share the name ''. */
function matcher(routes: readonly Route[]): (method: string, url: string) => string {
  const patterns = routes.map(({ route, functionName }) => {
    const [method = '', path = ''] = route.split(' ');
    const pattern = new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}(\\?.*)?$`);
    return { method, pattern, functionName };
  });
  const rest = routes.find(({ route }) => route === '$default')?.functionName ?? '';
  return (method, url) => {
    const wanted = method === 'HEAD' ? 'GET' : method;
    return patterns.find((each) => each.method === wanted && each.pattern.test(url))?.functionName ?? rest;
  };
}

/** A semaphore: at most `max` tasks run at a time, and the others start in the order of their calls. */
class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#free = max;
  }

  async run(task: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
