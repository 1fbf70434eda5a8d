import { type Html, html } from './html.ts';

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

/** Where a sign-in leads: never to another site. A header is sent with it, so it has visible ASCII only. */
export const safeNext = (next: string | undefined | null): string =>
  next && /^\/ui(?:[/?][!-[\]-~]*)?$/.test(next) ? next : '/ui';
