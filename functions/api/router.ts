import { Router } from '@aws-lambda-powertools/event-handler/http';
import type { HttpMethod } from '@aws-lambda-powertools/event-handler/types';
import type { Context } from 'aws-lambda';
import { answerRoute, type HttpDependencies, type RouteHandlers } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';

const bodiless: readonly number[] = [204, 304];

type ApiHandlers = RouteHandlers<'api'>;

/**
 * Makes the Lambda handler of the function `api`: Powertools' router finds the route. What answers it checks access by
 * the table of routes, and makes a problem document of whatever is thrown, as in every other function.
 */
export function apiFunction(handlers: ApiHandlers, deps: HttpDependencies) {
  const router = new Router();
  const requests = new WeakMap<object, HttpRequest>();
  const answer =
    (routeKey: string) =>
    async ({ event }: { readonly event: object }): Promise<Response> => {
      const request = requests.get(event);
      if (!request) throw new TypeError('the router made an event of its own');
      return webResponse(await answerRoute<'api'>(routeKey, request, { ...deps, handlers }));
    };
  for (const key of Object.keys(handlers).filter((each) => each !== '$default')) {
    const { method, path } = routeIn(key);
    router.route(answer(key), { method, path });
  }
  const nothing = answer('$default');
  router.notFound((_error, context) => nothing(context));

  return async (request: HttpRequest, context: Context): Promise<HttpResponse> => {
    const routed = toBeRouted(request);
    requests.set(routed, request);
    const { headers = {}, ...response } = await router.resolve(routed, context);
    // The router says even of nothing that it is text.
    if (bodiless.includes(response.statusCode ?? 200)) delete headers['content-type'];
    return { ...response, headers };
  };
}

/** `GET /jobs/{id}` as the router has it. It answers a `HEAD` without the body. */
function routeIn(key: string): { readonly method: HttpMethod[]; readonly path: `/${string}` } {
  const [method, path = '/'] = key.split(' ');
  return {
    method: method === 'GET' ? ['GET', 'HEAD'] : [method as HttpMethod],
    path: path.replace(/\{(\w+)\}/g, ':$1') as `/${string}`,
  };
}

/**
 * What the router needs of a request. It makes a web request of all that it gets, and throws if a `GET` has a body, a
 * host is none, a method is unknown, or a path cannot be decoded: no client may cause that. API Gateway has found the
 * route already, so the router gets the path as the route has it. For `$default` it gets one that is no route.
 */
function toBeRouted({ routeKey, requestContext, version }: HttpRequest): HttpRequest {
  const [, path = '/$default'] = routeKey.split(' ');
  const method = routeKey === '$default' ? 'GET' : requestContext.http.method;
  return {
    version,
    routeKey,
    rawPath: path.replace(/[{}]/g, ''),
    rawQueryString: '',
    headers: { host: 'api' },
    isBase64Encoded: false,
    requestContext: { ...requestContext, http: { ...requestContext.http, method } },
  };
}

const webResponse = ({ statusCode = 200, headers, body }: HttpResponse): Response =>
  new Response(body || null, {
    status: statusCode,
    headers: Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]),
  });
