import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { encodePath } from '../../shared/http/wire/paths.ts';

/** The path of a request, as an HTTP API of API Gateway reads it. */
interface DecodedPath {
  /** Decides the route. */
  readonly routed: string;
  /** What the function gets. */
  readonly handedOver: string;
}

/**
 * An HTTP API decodes the path, takes what then follows a `?` for no part of the path, finds the route, and decodes
 * once more what it hands over: `/a%2Fb` and `/a%252Fb` arrive as `/a/b`, `/a%3Fb` as `/a`. The documentation says only
 * that parameters are decoded; this was captured on AWS: https://github.com/hotsock/voker/pull/8
 * @returns undefined for a path that API Gateway refuses, such as `/a%25b`
 */
export function decodePath(path: string): DecodedPath | undefined {
  try {
    const [routed = ''] = decodeURIComponent(path).split('?', 1);
    return { routed, handedOver: decodeURIComponent(routed) };
  } catch {
    return undefined;
  }
}

/** The URL under which serverless-offline finds the route that API Gateway finds; undefined for what that refuses. */
export function urlToRoute(url: string): string | undefined {
  if (!url.startsWith('/')) return url;
  const [path = '', query = ''] = url.split(/(\?.*)/s);
  const decoded = decodePath(path);
  return decoded && encodePath(decoded.routed) + query;
}

/** serverless-offline's own: the events of routes of an HTTP API. */
interface EventOfRoute {
  create(): APIGatewayProxyEventV2;
}

/** Has serverless-offline hand over paths as an HTTP API does. By itself it leaves `rawPath` as it was sent. */
export async function handOverDecodedPaths(): Promise<void> {
  const offline = import.meta.resolve('serverless-offline');
  const { default: eventOfRoute }: { default: { prototype: EventOfRoute } } = await import(
    new URL('events/http/lambda-events/LambdaProxyIntegrationEventV2.js', offline).href
  );
  const { create } = eventOfRoute.prototype;
  eventOfRoute.prototype.create = function (this: EventOfRoute) {
    return withDecodedPath(create.call(this));
  };
}

/** The gateway sends the path that decides the route, encoded. */
function withDecodedPath(event: APIGatewayProxyEventV2): APIGatewayProxyEventV2 {
  const { requestContext, pathParameters } = event;
  const path = decodePath(event.rawPath)?.handedOver ?? event.rawPath;
  return {
    ...event,
    rawPath: path,
    requestContext: { ...requestContext, http: { ...requestContext.http, path } },
    ...(pathParameters && {
      pathParameters: Object.fromEntries(
        Object.entries(pathParameters).map(([name, value = '']) => [name, decodeURIComponent(value)]),
      ),
    }),
  };
}
