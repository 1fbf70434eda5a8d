import { ForbiddenError, JobNotFoundError, UnauthenticatedError } from '../../shared/domain/base/errors.ts';
import type { Log } from '../../shared/domain/base/ports.ts';
import { hasSession } from '../../shared/http/access/session-cookie.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { encodePath } from '../../shared/http/wire/paths.ts';
import { problemOf } from '../../shared/http/wire/respond.ts';
import { foreign, type Html, html } from './html/html.ts';
import { linkHeaders, pageResponse, seeOther } from './html/layout.ts';

interface ErrorPageDependencies {
  readonly log: Log;
  /** Where there is no access control, nobody signs in. */
  readonly canSignIn: boolean;
}

/** What people see in place of a problem document. Who is not signed in is asked to. */
export function errorPage(
  error: Error,
  request: HttpRequest,
  { log, canSignIn }: ErrorPageDependencies,
): HttpResponse {
  const problem = problemOf(error, request, log);
  if (error instanceof UnauthenticatedError) return seeOther(signInUrl(request));
  if (error instanceof JobNotFoundError && isOfLink(request)) return brokenLink(problem.status);
  const isRefused = canSignIn && error instanceof ForbiddenError;
  // A link whose grant has expired, or a job of somebody else.
  const isUnknown = canSignIn && error instanceof JobNotFoundError && !hasSession(request);
  const body = html`<div class="narrow"><h1>${problem.title}</h1><p>${foreign(problem.detail)}</p>
${isUnknown && html`<p>Or the link to it is not valid any more. With an API key that may read it you can still see it.</p>`}
${problem.errors && html`<ul>${problem.errors.map(({ pointer, detail }) => html`<li><code>${pointer}</code> ${foreign(detail)}</li>`)}</ul>`}
<p class="links">${back(request)}<a href="/ui">All jobs</a>${(isRefused || isUnknown) && html`<a href="${signInUrl(request)}">Sign in${isRefused && ' with another key'}</a>`}</p></div>`;
  return pageResponse(problem.status, { title: problem.title, body, isSignedIn: false });
}

/** Of a link for an answer, which a person was sent who need not know of jobs. */
const isOfLink = ({ rawPath, rawQueryString }: HttpRequest): boolean =>
  /^\/ui\/jobs\/[^/]+\/signals\//.test(rawPath) && new URLSearchParams(rawQueryString).has('link');

function brokenLink(status: number): HttpResponse {
  const title = 'This link does not work';
  const body = html`<div class="narrow"><h1>${title}</h1><p>It is not whole, or what it was for is not kept any more. A program that shows mails may have cut it: copy all of it into the address of your browser.</p>
<p>If it does not help, ask for a new link.</p></div>`;
  return pageResponse(status, { title, body, isSignedIn: false }, linkHeaders);
}

const signInUrl = (request: HttpRequest): string => `/ui/sign-in?next=${encodeURIComponent(nextOf(request))}`;

/** A form that was sent cannot be sent again after the sign-in: the page that it was on can be shown. */
function nextOf({ rawPath, rawQueryString, requestContext: { http } }: HttpRequest): string {
  if (http.method !== 'GET') return '/ui';
  const query = new URLSearchParams(rawQueryString);
  for (const credential of ['grant', 'link']) query.delete(credential);
  const path = encodePath(rawPath);
  return query.size > 0 ? `${path}?${query}` : path;
}

/** After a button on a page: such as a cancel of a job that has ended meanwhile. */
function back({ rawPath }: HttpRequest): Html | false {
  if (rawPath.startsWith('/ui/schedules/')) return html`<a href="/ui/schedules">The schedules</a>`;
  const [job] = /^\/ui\/jobs\/[0-9a-f-]+(?=\/(?:cancel|(?:children\/.+\/)?retry)$)/.exec(rawPath) ?? [];
  return job !== undefined && html`<a href="${job}">The job</a>`;
}
