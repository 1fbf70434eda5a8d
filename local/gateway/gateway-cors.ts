import type { IncomingMessage } from 'node:http';
import * as z from 'zod/mini';
import type { StageParameters } from '../../infra/parameters/parameter.ts';
import { httpApiOf } from '../../infra/template/http-api.ts';

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
 * The headers of CORS that an HTTP API adds to the answer of a function, so that a page of another origin may read it.
 * Where there is a `$default` route, a preflight goes to its function, too:
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
 * The headers of an answer without those of CORS. serverless-offline lets the pages of every origin call, with their
 * cookies: every page in a developer's browser could submit jobs here and read them.
 */
export const withoutCors = (headers: IncomingMessage['headers']): IncomingMessage['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Why a request is refused that a page of an origin makes which `cors` does not name. A browser sends a POST without a
 * body, such as to run a schedule, and asks nobody before; without `AUTH` it needs no credential.
 * @param request its host is one of this machine, and its path is decoded
 */
export function whyStrangeOrigin(
  { method = '', url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  cors: GatewayCors | undefined,
): string | undefined {
  const { origin, host } = headers;
  if (origin === undefined || cors?.allowedOrigins.includes(origin)) return undefined;
  if (URL.canParse(origin) && new URL(origin).host === host) return undefined;
  // /ui refuses a form of another site itself, with a page, unless it shows a key: no form can. A path such as
  // `/ui/../jobs` leads elsewhere.
  const isForm = headers.authorization === undefined && !safeMethods.includes(method);
  if (isForm && /^\/ui(\/|$)/.test(url) && !url.includes('..')) return undefined;
  return `A page of ${origin} may not call. Start with --param=cors=${origin}, if the page is yours.`;
}
