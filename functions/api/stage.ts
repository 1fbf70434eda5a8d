import { MethodNotAllowedError, NotFoundError } from '../../shared/domain/base/errors.ts';
import type { QueueFigures } from '../../shared/domain/base/queue-figures.ts';
import type { RootSecret } from '../../shared/http/access/root-secret.ts';
import { allowedMethods } from '../../shared/http/allowed-methods.ts';
import type { RouteHandlers } from '../../shared/http/http-function.ts';
import { toMeResponse } from '../../shared/http/responses/me-response.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { encodePath, withoutEndSlashes } from '../../shared/http/wire/paths.ts';
import { holdsLink, jsonResponse } from '../../shared/http/wire/respond.ts';
import type { JobsDoor } from '../../shared/operations/submit/jobs-door.ts';

interface Dependencies {
  readonly jobsDoor: Pick<JobsDoor, 'look'>;
  readonly figures: { readonly read: () => Promise<readonly QueueFigures[]> };
  readonly root: Pick<RootSecret, 'read'>;
}

/** What is about the caller or the stage, and no job, and what no other route is about. */
export const stageRoutes = ({
  jobsDoor,
  figures,
  root,
}: Dependencies): Pick<RouteHandlers<'api'>, 'GET /me' | 'GET /queues' | 'GET /health' | '$default'> => ({
  'GET /me': async (_request, caller) =>
    jsonResponse(200, toMeResponse(caller, await jobsDoor.look(caller.tenant)), holdsLink),

  'GET /queues': async () => jsonResponse(200, { items: await figures.read() }, holdsLink),

  /** Healthy is a function that starts, and reaches its table; once a minute at most it looks. */
  'GET /health': async () => {
    await root.read();
    return jsonResponse(200, { status: 'ok' }, holdsLink);
  },

  $default: answerNoRoute,
});

/**
 * The answer where no route fits: a redirect if a slash at the end is too much, the methods of the address to a browser that asks
 * for them.
 * @throws MethodNotAllowedError, NotFoundError
 */
async function answerNoRoute({ rawPath, requestContext }: HttpRequest): Promise<HttpResponse> {
  const withoutSlash = withoutEndSlashes(rawPath);
  const isRead = ['GET', 'HEAD'].includes(requestContext.http.method);
  if (withoutSlash !== rawPath && isRead && allowedMethods(withoutSlash).includes('GET'))
    return { statusCode: 308, headers: { location: encodePath(withoutSlash) } };
  const allow = allowedMethods(rawPath);
  // The gateway leaves preflights to a `$default` route, and adds the headers of CORS to this answer:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
  if (requestContext.http.method === 'OPTIONS' && allow.length > 0)
    return { statusCode: 204, headers: { allow: allow.join(', ') } };
  throw allow.length > 0
    ? new MethodNotAllowedError(allow)
    : new NotFoundError('There is nothing at this address.');
}
