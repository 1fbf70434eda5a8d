import { sha256 } from '../../../shared/domain/base/sha256.ts';
import type { JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import type { Caller } from '../../../shared/http/access/caller.ts';
import type { HttpResponse } from '../../../shared/http/wire/http-types.ts';
import { assetUrl } from './assets.ts';
import { type Html, html } from './html.ts';
import { statusWords } from './words.ts';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Who looks at it: decides which links are at the top. */
  readonly isSignedIn: boolean;
  readonly canOperate?: boolean;
  readonly canSignOut?: boolean;
  /** Where a person who has only a link gets more. */
  readonly signInUrl?: string | undefined;
  /** Shown in title and favicon. */
  readonly status?: JobStatus;
  /** Seconds until the page is worth another look. Absent: it does not change. */
  readonly refreshSeconds?: number | undefined;
  /** The origin that the page's files are uploaded to, if it takes any. */
  readonly uploadsTo?: string | undefined;
  /** The same for a browser without script. What is half typed is lost at a reload. */
  readonly reloadSeconds?: number | undefined;
}

/** What the pages of a caller have in common. */
export type PageOf = (caller: Pick<Caller, 'rights'>) => Omit<Page, 'title' | 'body'>;

function favicon(status: JobStatus | undefined): string {
  const { color, sign } = status ? statusWords[status] : { color: '#0b6bcb', sign: '≡' };
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${color}"/><text x="16" y="23" font-size="20" text-anchor="middle" fill="#fff">${sign}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** A whole page. */
export function render(page: Page): string {
  const { title, body, isSignedIn, canOperate, canSignOut, signInUrl, status, refreshSeconds } = page;
  const { reloadSeconds = refreshSeconds, uploadsTo } = page;
  const words = status ? `${statusWords[status].sign} ${title}` : title;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words}</title>
<link rel="icon" href="${favicon(status)}">
<link rel="stylesheet" href="${assetUrl('style.css')}">
${
  reloadSeconds !== undefined &&
  html`<noscript><meta http-equiv="refresh" content="${Math.max(2, reloadSeconds)}"></noscript>`
}
<script type="module" src="${assetUrl('page.js')}"></script>
${uploadsTo !== undefined && html`<script type="module" src="${assetUrl('upload.js')}"></script>`}
</head>
<body data-refresh="${refreshSeconds ?? ''}">
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<nav aria-label="Main">
${isSignedIn ? html`<a href="/ui" class="brand">Jobs</a>` : html`<span class="brand">Jobs</span>`}
${canOperate && html`<a href="/ui/queues">Queues</a> <a href="/ui/stats">Statistics</a> <a href="/ui/schedules">Schedules</a>`}
</nav>
${signInUrl && html`<a href="${signInUrl}">Sign in</a>`}
${canSignOut && html`<form method="post" action="/ui/sign-out"><button class="quiet">Sign out</button></form>`}
</header>
<main id="main" tabindex="-1">
${body}
</main>
<p id="announce" class="hidden" aria-live="polite"></p>
</body>
</html>
`.text;
}

/**
 * A page loads nothing but our own style, script and data, and nobody shows it in a frame. One that takes files sends
 * them to the bucket.
 */
const policyOf = (uploadsTo?: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    uploadsTo === undefined ? "connect-src 'self'" : `connect-src 'self' ${uploadsTo}`,
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policyOf(),
  // A page's address may have a grant, which must not be sent to other sites.
  'referrer-policy': 'same-origin',
  'cache-control': 'private, no-cache',
};

/** Those of a page whose address lets each person who has it answer a job: no other site, and no cache, gets it. */
export const linkHeaders = { 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' };

export const pageResponse = (
  status: number,
  page: Page,
  headers: Record<string, string> = {},
): HttpResponse => ({
  statusCode: status,
  headers: { ...pageHeaders, 'content-security-policy': policyOf(page.uploadsTo), ...headers },
  body: render(page),
});

/** Tags what a page shows. Its times go on by themselves; with another style or script it is another page. */
export function etagOf(shown: unknown): string {
  const text = JSON.stringify([assetUrl('style.css'), assetUrl('page.js'), shown]);
  return `"${sha256(text).slice(0, 22)}"`;
}

export const notModified = (etag: string): HttpResponse => ({
  statusCode: 304,
  headers: { etag, 'cache-control': pageHeaders['cache-control'] },
});

/** After a form: the browser gets the next page, and a reload does not send the form again. */
export const seeOther = (location: string, headers: Record<string, string> = {}): HttpResponse => ({
  statusCode: 303,
  headers: { location, 'cache-control': 'no-store', ...headers },
});

/**
 * A page links to paths of the API. Behind a mapping of a domain these are below its path. Nothing else in a page looks
 * like an attribute: `html` escapes every quote that is put into it.
 */
export function pageBelow(path: string, response: HttpResponse): HttpResponse {
  const { body, headers } = response;
  if (path === '' || !String(headers?.['content-type']).startsWith('text/html')) return response;
  return { ...response, body: body?.replaceAll(/ (href|src|action|formaction)="\//g, ` $1="${path}/`) };
}
