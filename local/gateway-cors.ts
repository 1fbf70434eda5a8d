import type { IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import { httpApiOf } from '../infra/http-api.ts';
import type { StageParameters } from '../infra/parameter-rules.ts';

/** The `cors` of an `httpApi` block. */
const gatewayCors = z.object({
  allowedOrigins: z.array(z.string()),
  allowedHeaders: z.array(z.string()),
  exposedResponseHeaders: z.array(z.string()),
  maxAge: z.number(),
});
export type GatewayCors = z.infer<typeof gatewayCors>;

/** As the stage's parameter `cors` has it; undefined if it names no origin. */
export function gatewayCorsOf(parameters: StageParameters): GatewayCors | undefined {
  const { cors } = httpApiOf(parameters);
  return cors === undefined ? undefined : gatewayCors.parse(cors);
}

/**
 * The headers of CORS that an HTTP API adds to the answer of a function, so that a page of another origin may read it. Where
 * there is a `$default` route, a preflight goes to its function, too:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 * @param methods that the API has
 */
export function corsHeadersFor(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  cors: GatewayCors | undefined,
  methods: readonly string[],
): Readonly<Record<string, string>> {
  const { origin, 'access-control-request-method': asked } = headers;
  if (cors === undefined || origin === undefined || !cors.allowedOrigins.includes(origin)) return {};
  const common = {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': cors.exposedResponseHeaders.join(','),
  };
  if (method !== 'OPTIONS' || asked === undefined) return common;
  return {
    ...common,
    'access-control-allow-methods': methods.join(','),
    'access-control-allow-headers': cors.allowedHeaders.join(','),
    'access-control-max-age': String(cors.maxAge),
  };
}

/**
 * The headers of an answer without those of CORS. serverless-offline lets the pages of every origin call, with their cookies:
 * every page in a developer's browser could submit jobs here and read them.
 */
export const withoutCors = (headers: IncomingMessage['headers']): IncomingMessage['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether a page of an origin that `cors` does not name makes a browser change something. A browser sends a POST without a
 * body, such as to run a schedule, and asks nobody before; without `AUTH` it needs no credential. /ui checks this itself.
 */
export function isFromStranger(
  { method = '', url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  cors: GatewayCors | undefined,
): boolean {
  const { origin, host, authorization } = headers;
  if (origin === undefined || authorization !== undefined || safeMethods.includes(method)) return false;
  const isOwn = URL.canParse(origin) && new URL(origin).host === host;
  return !isOwn && !/^\/ui(\/|$)/.test(url) && !cors?.allowedOrigins.includes(origin);
}
