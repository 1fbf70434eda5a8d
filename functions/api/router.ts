import { Router } from '@aws-lambda-powertools/event-handler/http';
import type { HttpMethod } from '@aws-lambda-powertools/event-handler/types';
import type { Context } from 'aws-lambda';
import { answerRoute, type HttpDependencies, type RouteHandlers } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { problemResponse } from '../../shared/http/respond.ts';
import { asError } from '../../shared/job/errors.ts';

const bodiless: readonly number[] = [204, 304];

type ApiHandlers = RouteHandlers<'api'>;

/**
 * Makes the Lambda handler of the function `api`: Powertools' router finds the route. What answers it checks access by
 * the table of routes, and makes a problem document of whatever is thrown, as in every other function.
 */
export function apiFunction(handlers: ApiHandlers, deps: HttpDependencies) {
  const router = new Router();
  const requests = new WeakMap<object, HttpRequest>();
  const requestOf = (event: object): HttpRequest => {
    const request = requests.get(event);
    if (!request) throw new TypeError('the router made an event of its own');
    return request;
  };
  const answer =
    (routeKey: string) =>
    async ({ event }: { readonly event: object }): Promise<Response> => {
      const request = requestOf(event);
      const response = await answerRoute<'api'>(routeKey, request, { ...deps, handlers });
      try {
        return webResponse(response);
      } catch (thrown) {
        // Such as a header that cannot be sent.
        return webResponse(problemResponse(asError(thrown), request, deps.log));
      }
    };
  for (const key of Object.keys(handlers)) {
    const [method, path] = partsOf(key);
    router.route(answer(key), { method: method as HttpMethod, path });
  }
  // A route that was deployed, but has no handler.
  router.notFound(async (_error, { event }) => answer(requestOf(event).routeKey)({ event }));

  return async (request: HttpRequest, context: Context): Promise<HttpResponse> => {
    const key = request.routeKey.replace(/^HEAD /, 'GET ');
    const routed = toBeRouted(request, Object.hasOwn(handlers, key) ? key : 'GET /no-handler');
    requests.set(routed, request);
    const { headers = {}, ...response } = await router.resolve(routed, context);
    // The router says even of nothing that it is text.
    if (bodiless.includes(response.statusCode ?? 200)) delete headers['content-type'];
    return { ...response, headers };
  };
}

/** `GET /jobs/{id}` as the router has it. */
function partsOf(routeKey: string): readonly [method: string, path: `/${string}`] {
  const [method = '', path = ''] = routeKey === '$default' ? ['GET', '/$default'] : routeKey.split(' ');
  return [method, `/${path.slice(1).replace(/\{(\w+)\}/g, ':$1')}`];
}

/**
 * What the router needs of a request: the route that API Gateway has found, and nothing that a client wrote. The router
 * makes a web request of all that it gets. It would throw if a `GET` has a body, a host is none, or a method is unknown.
 * And it would find another route for a path like `/jobs/a%2F..%2Fb/cancel`, which API Gateway passes on decoded.
 */
function toBeRouted({ version, requestContext }: HttpRequest, routeKey: string): HttpRequest {
  const [method, rawPath] = partsOf(routeKey);
  const http = { ...requestContext.http, method };
  const event = { version, routeKey, rawQueryString: '', headers: { host: 'api' }, isBase64Encoded: false };
  return { ...event, rawPath, requestContext: { ...requestContext, http } };
}

const webResponse = ({ statusCode = 200, headers, body }: HttpResponse): Response =>
  new Response(body || null, {
    status: statusCode,
    headers: Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]),
  });
