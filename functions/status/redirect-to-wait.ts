import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { statusUrlOf } from '../../shared/http/job-urls.ts';
import { parseQuery } from '../../shared/http/query.ts';
import { waitQuery } from '../../shared/http/wait-request.ts';

/**
 * `?wait=N` leads to where one can wait: this function is lean, and must not be kept busy.
 * @returns undefined without it. @throws InvalidRequestError
 */
export function redirectToWait(request: HttpRequest, id: string): HttpResponse | undefined {
  const { wait } = parseQuery(request, waitQuery);
  if (wait === undefined) return undefined;
  const location = `${statusUrlOf(request, id)}/wait?seconds=${wait}`;
  return { statusCode: 307, headers: { location, 'cache-control': 'private, no-cache' } };
}
