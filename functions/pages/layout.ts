import type { HttpResponse } from '../../shared/http/http-types.ts';
import type { JobStatus } from '../../shared/job/transitions.ts';
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
  /** Shown in title and favicon. */
  readonly status?: JobStatus;
  /** Seconds until the page is worth another look. Absent: it does not change. */
  readonly refreshSeconds?: number | undefined;
}

const colors: Readonly<Record<JobStatus, string>> = {
  queued: '#5b6b82',
  waiting: '#7a5af0',
  running: '#0b6bcb',
  succeeded: '#14804a',
  failed: '#c42b1c',
  canceled: '#74635a',
};

function favicon(status: JobStatus | undefined): string {
  const color = status ? colors[status] : '#0b6bcb';
  const sign = status ? statusWords[status].sign : '≡';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${color}"/><text x="16" y="23" font-size="20" text-anchor="middle" fill="#fff">${sign}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** A whole page. */
export function render(page: Page): string {
  const { title, body, isSignedIn, canOperate, canSignOut, status, refreshSeconds } = page;
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
  refreshSeconds !== undefined &&
  html`<noscript><meta http-equiv="refresh" content="${Math.max(2, refreshSeconds)}"></noscript>`
}
<script type="module" src="${assetUrl('page.js')}"></script>
</head>
<body data-refresh="${refreshSeconds ?? ''}">
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<nav aria-label="Main">
${isSignedIn ? html`<a href="/ui" class="brand">Jobs</a>` : html`<span class="brand">Jobs</span>`}
${canOperate && html`<a href="/ui/queues">Queues</a>`}
</nav>
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

/** A page loads nothing but our own style, script and data, and nobody shows it in a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  // A page's address may have a grant, which must not be sent to other sites.
  'referrer-policy': 'same-origin',
  'cache-control': 'private, no-cache',
};

export const pageResponse = (
  status: number,
  page: Page,
  headers: Record<string, string> = {},
): HttpResponse => ({ statusCode: status, headers: { ...pageHeaders, ...headers }, body: render(page) });

/** After a form: the browser gets the next page, and a reload does not send the form again. */
export const seeOther = (location: string, headers: Record<string, string> = {}): HttpResponse => ({
  statusCode: 303,
  headers: { location, 'cache-control': 'no-store', ...headers },
});
