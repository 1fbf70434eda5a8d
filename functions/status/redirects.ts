import { UnauthenticatedError } from '../../shared/domain/base/errors.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { waitQuery } from '../../shared/http/requests/wait-request.ts';
import { statusUrlOf } from '../../shared/http/responses/job-urls.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { prefersHtml } from '../../shared/http/wire/prefers-html.ts';
import { parseQuery } from '../../shared/http/wire/query.ts';
import { problemResponse } from '../../shared/http/wire/respond.ts';

/**
 * What a person gets who opens a status URL in a browser, which shows no credential: the job's page, which asks for a
 * sign-in. Every other request gets the problem document.
 */
export function leadToPage(error: Error, request: HttpRequest, log: Log): HttpResponse {
  const { headers, pathParameters } = request;
  const isBrowser = prefersHtml(headers.accept) && headers.authorization === undefined;
  if (!(error instanceof UnauthenticatedError) || !isBrowser) return problemResponse(error, request, log);
  const location = `/ui/jobs/${encodeURIComponent(pathParameters?.id ?? '')}`;
  return { statusCode: 303, headers: { location, vary: 'Accept', 'cache-control': 'no-store' } };
}

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
