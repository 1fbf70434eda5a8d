import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { problemOf } from '../../shared/http/respond.ts';
import { ForbiddenError, UnauthenticatedError } from '../../shared/job/errors.ts';
import type { Log } from '../../shared/job/ports.ts';
import { foreign, html } from './html.ts';
import { pageResponse, seeOther } from './layout.ts';

/** What people see in place of a problem document. Who is not signed in is asked to. */
export function errorPage(error: Error, request: HttpRequest, log: Log): HttpResponse {
  const problem = problemOf(error, request, log);
  if (error instanceof UnauthenticatedError)
    return seeOther(`/ui/sign-in?next=${encodeURIComponent(nextOf(request))}`);
  const body = html`<div class="narrow"><h1>${problem.title}</h1><p>${foreign(problem.detail)}</p>
${problem.errors && html`<ul>${problem.errors.map(({ pointer, detail }) => html`<li><code>${pointer}</code> ${foreign(detail)}</li>`)}</ul>`}
<p><a href="/ui">All jobs</a>${error instanceof ForbiddenError && html` · <a href="/ui/sign-in">Sign in with another key</a>`}</p></div>`;
  return pageResponse(problem.status, { title: problem.title, body, isSignedIn: false });
}

/** A form that was sent cannot be sent again after the sign-in: the page that it was on can be shown. */
function nextOf({ rawPath, rawQueryString, requestContext: { http } }: HttpRequest): string {
  if (http.method !== 'GET') return '/ui';
  const query = new URLSearchParams(rawQueryString);
  query.delete('grant');
  return query.size > 0 ? `${rawPath}?${query}` : rawPath;
}
