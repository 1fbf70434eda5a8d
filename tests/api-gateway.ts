import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { decodePath } from '../local/gateway/decode-path.ts';
import { type HttpFunction, type RouteKey, routes } from '../shared/http/routes.ts';

export interface HttpCall {
  readonly method: string;
  /** With its query, if it has one. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What API Gateway found out about the caller. */
  readonly authorizer?: unknown;
}

interface Routed {
  readonly event: APIGatewayProxyEventV2;
  readonly functionName: HttpFunction;
}

interface Found {
  readonly key: RouteKey;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The routes without parameters first: API Gateway prefers them. */
const patterns = (Object.keys(routes) as RouteKey[])
  .filter((key) => key !== '$default')
  .sort((one, other) => Number(one.includes('{')) - Number(other.includes('{')))
  .map((key) => {
    const [method = '', path = ''] = key.split(' ');
    const pattern = path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    return { key, method, pattern: new RegExp(`^${pattern}$`) };
  });

/** Finds the function that an HTTP API invokes for a call, and the event that it passes. */
export function routed({ method, path, ...more }: HttpCall): Routed {
  const [sent = '', rawQueryString = ''] = path.split(/\?(.*)/s);
  const decoded = decodePath(sent);
  if (decoded === undefined) throw new TypeError(`API Gateway refuses ${sent}`);
  const { routed: routedPath, handedOver: rawPath } = decoded;
  const { key, parameters } = routeTo(method, routedPath);
  // infra/plugin.ts deploys a route of its own for `HEAD`.
  const routeKey = method === 'HEAD' ? key.replace(/^GET /, 'HEAD ') : key;
  const request = { method, rawPath, rawQueryString, routeKey, parameters };
  return { event: eventOf(request, more), functionName: routes[key].function };
}

function routeTo(method: string, path: string): Found {
  const wanted = method === 'HEAD' ? 'GET' : method;
  for (const { key, pattern } of patterns.filter((each) => each.method === wanted)) {
    const found = pattern.exec(path);
    if (found) return { key, parameters: { ...found.groups } };
  }
  return { key: '$default', parameters: {} };
}

interface Request {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly routeKey: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const eventOf = (
  { method, rawPath, rawQueryString, routeKey, parameters }: Request,
  { body, headers, authorizer }: Omit<HttpCall, 'method' | 'path'>,
): APIGatewayProxyEventV2 => ({
  version: '2.0',
  routeKey,
  rawPath,
  rawQueryString,
  headers: {
    host: 'api.example.com',
    'x-forwarded-proto': 'https',
    'content-type': 'application/json',
    ...headers,
  },
  requestContext: {
    accountId: '000000000000',
    apiId: 'api',
    domainName: 'api.example.com',
    domainPrefix: 'api',
    http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
    requestId: 'request',
    routeKey,
    stage: '$default',
    time: '',
    timeEpoch: 0,
    ...(authorizer === undefined ? {} : { authorizer }),
  },
  isBase64Encoded: false,
  ...(body === undefined ? {} : { body }),
  ...(rawQueryString === '' ? {} : { queryStringParameters: joinedParameters(rawQueryString) }),
  ...(Object.keys(parameters).length === 0 ? {} : { pathParameters: decoded(parameters) }),
});

/** An HTTP API joins the values of a parameter that comes several times. */
function joinedParameters(rawQueryString: string): Record<string, string> {
  const all = new URLSearchParams(rawQueryString);
  return Object.fromEntries([...all.keys()].map((name) => [name, all.getAll(name).join(',')]));
}

const decoded = (parameters: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, decodeURIComponent(value)]));
