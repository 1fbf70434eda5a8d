import { type Html, html } from './html/html.ts';

/** @param next where to go then: a path of ours */
export const signInPage = (next: string, isRefused: boolean): Html => html`<div class="narrow">
<h1>Sign in</h1>
<p>Use an API key of this stage. Its rights say what you can do here.</p>
${isRefused && html`<p class="error" role="alert" id="refused">This key is not valid.</p>`}
<form method="post" action="/ui/sign-in" class="stacked">
<input type="hidden" name="next" value="${next}">
<label for="key">API key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required spellcheck="false" ${isRefused && html`aria-describedby="refused"`}>
<button>Sign in</button>
</form>
<p class="faint">You stay signed in for 12 hours, or until the key is revoked.</p>
</div>`;

/** An origin that no browser gets to see: it resolves paths. */
const here = 'http://here.invalid';

/** Where a sign-in leads, as it can stand in a header: never to another site. */
export function safeNext(next: string | undefined | null): string {
  if (!next?.startsWith('/ui') || next.includes('\\') || !URL.canParse(next, here)) return '/ui';
  const { pathname, search } = new URL(next, here);
  return pathname === '/ui' || pathname.startsWith('/ui/') ? pathname + search : '/ui';
}
