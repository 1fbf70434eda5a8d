import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { asError, JobNotFoundError } from '../domain/base/errors.ts';
import type { Log } from '../domain/base/ports.ts';
import { jobId } from '../domain/state/job/message.ts';
import type { TenantDoor } from '../operations/doors/tenant-door.ts';
import { type Admitted, type CheckAccessDependencies, checkAccess } from './access/check-access.ts';
import type { HttpFunction, RouteKey, RoutesOf, SomeRoutes } from './routes.ts';
import type { HttpRequest, HttpResponse } from './wire/http-types.ts';
import { publicPathOf } from './wire/paths.ts';
import { requireKnownQuery } from './wire/query.ts';
import { problemResponse } from './wire/respond.ts';
import type { Route } from './wire/route.ts';
import { securityHeaders } from './wire/security-headers.ts';

/**
 * A handler for each of these routes. One that has no entry in the table of routes, or lacks a handler, does not
 * compile.
 */
type HandlersOf<Key extends RouteKey> = {
  readonly [Each in Key]: (
    request: HttpRequest,
    admitted: Admitted<SomeRoutes<Each>[Each]['access']>,
  ) => Promise<HttpResponse>;
};
export type RouteHandlers<Name extends HttpFunction> = HandlersOf<RoutesOf<Name>>;

/** Any of them. To resolve a call of a union of them all takes the compiler half a minute. */
type RouteHandler = (request: HttpRequest, admitted: never) => Promise<HttpResponse>;

export interface HttpDependencies {
  readonly access: CheckAccessDependencies;
  readonly log: Log;
  /** Lets requests with a credential in. Absent where the function's route asks by itself. */
  readonly requests?: Pick<TenantDoor, 'pass'>;
  /** Makes an answer of what was thrown. By default a problem document. */
  readonly refuse?: (error: Error, request: HttpRequest, log: Log) => HttpResponse;
}

interface Routing<Key extends RouteKey> {
  readonly routes: SomeRoutes<Key>;
  readonly handlers: HandlersOf<Key>;
}

/**
 * Makes a Lambda handler of a function's routes: it checks access as the table of routes says, before anything else is
 * looked at. Whatever is thrown becomes a problem document.
 */
export const httpFunction =
  <Key extends RouteKey>(
    routes: SomeRoutes<Key>,
    handlers: HandlersOf<Key>,
    { publicUrl, ...deps }: HttpDependencies & { readonly publicUrl: string },
  ) =>
  async (event: APIGatewayProxyEventV2): Promise<HttpResponse> => {
    const routeKey = event.routeKey.replace(/^HEAD /, 'GET ');
    return answerRoute(routeKey, { ...event, publicUrl }, { ...deps, routes, handlers });
  };

/** Answers a request by the handler of its route; a `HEAD` as a `GET`, without the body. Never rejects. */
export async function answerRoute<Key extends RouteKey>(
  routeKey: string,
  request: HttpRequest,
  deps: HttpDependencies & Routing<Key>,
): Promise<HttpResponse> {
  const { body, ...answer } = belowPublicPath(await wholeAnswer(routeKey, request, deps), request);
  const ofAll = securityHeaders(request.headers['x-forwarded-proto']);
  const head = { ...answer, headers: { ...answer.headers, ...ofAll } };
  return body === undefined || request.requestContext.http.method === 'HEAD' ? head : { ...head, body };
}

/** A redirect to a path is one to a path of the API. */
function belowPublicPath(answer: HttpResponse, request: HttpRequest): HttpResponse {
  const location = String(answer.headers?.location ?? '');
  if (!location.startsWith('/')) return answer;
  return { ...answer, headers: { ...answer.headers, location: publicPathOf(request) + location } };
}

async function wholeAnswer<Key extends RouteKey>(
  routeKey: string,
  request: HttpRequest,
  { routes, handlers, access, log, requests, refuse = problemResponse }: HttpDependencies & Routing<Key>,
): Promise<HttpResponse> {
  try {
    const key = keyIn(routes, routeKey);
    const route: Route = routes[key];
    const admitted = await checkAccess(request, route.access, access);
    if (admitted && 'tenant' in admitted)
      await requests?.pass({ tenant: admitted.tenant, limit: 'requestsPerSecond', wanted: 1 });
    // At an address that the API does not have, that is what is wrong.
    if (key !== '$default') requireKnownQuery(request, route);
    // The type of `handlers` pairs a route's access with its handler. Of all routes the compiler cannot tell.
    const handler: RouteHandler = handlers[key];
    return await handler(request, admitted as never);
  } catch (thrown) {
    return refuse(asError(thrown), request, log);
  }
}

/** @throws TypeError if the function was deployed with a route that it does not know */
function keyIn<Key extends RouteKey>(routes: SomeRoutes<Key>, routeKey: string): Key {
  const isKnown = (key: string): key is Key => Object.hasOwn(routes, key);
  if (isKnown(routeKey)) return routeKey;
  throw new TypeError(`this function has no route ${routeKey}`);
}

/**
 * Which job a route below `/jobs/{id}` is about.
 * @throws JobNotFoundError for a text that is no id: it costs no read
 */
export function jobIdIn({ pathParameters }: HttpRequest): string {
  const id = jobId.safeParse(pathParameters?.id);
  if (!id.success) throw new JobNotFoundError('There is no job of this id.');
  return id.data;
}
