import { apiFunction } from '../../functions/api/router.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { routes } from '../../shared/http/routes.ts';
import { aKey, aKeyEntry, anAccess } from './access.ts';
import { recordedLog } from './recorded-log.ts';
import { aKeyedRequest, type aRequest } from './samples.ts';
import { lambdaContext } from './worker.ts';

type Handlers = RouteHandlers<'api'>;

/** The routes of the function `api`. */
export const apiRoutes = Object.entries(routes).flatMap(([key, route]) =>
  route.function === 'api' ? [key as keyof Handlers] : [],
);

/** An answer that says which handler made it. */
export const answerOf = (key: string): HttpResponse => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json', 'x-route': key },
  body: JSON.stringify({ key }),
});

/** The function `api` with handlers that answer with the name of their route, or as `over` says. */
export function anApiFunction(over: Partial<Handlers> = {}) {
  const { deps: access, store } = anAccess();
  store.put(aKeyEntry());
  const log = recordedLog();
  const requests: HttpRequest[] = [];
  const answering = (key: string) => async (request: HttpRequest) => {
    requests.push(request);
    return answerOf(key);
  };
  const handlers = {
    ...(Object.fromEntries(apiRoutes.map((key) => [key, answering(key)])) as unknown as Handlers),
    ...over,
  };
  const handler = apiFunction(handlers, { access, log });
  const call = (request: HttpRequest) => handler(request, lambdaContext(30_000));
  return { call, requests, log, handlers, access };
}

/** A call with a key, of a route, as API Gateway passes it on. Its path parameters are `x`, unless `over` has a path. */
export function aCall(routeKey: string, over: Parameters<typeof aRequest>[0] = {}): HttpRequest {
  const [method = '', path = '/nothing'] = routeKey === '$default' ? ['GET'] : routeKey.split(' ');
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 'x']);
  return aKeyedRequest(aKey(), {
    routeKey,
    method,
    rawPath: path.replace(/\{\w+\}/g, 'x'),
    ...(parameters.length > 0 ? { pathParameters: Object.fromEntries(parameters) } : {}),
    ...over,
  });
}
