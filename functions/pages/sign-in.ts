import { readApiKey } from '../../shared/domain/access/api-key.ts';
import { UnauthenticatedError } from '../../shared/domain/base/errors.ts';
import { apiKeyCaller } from '../../shared/http/access/api-key-caller.ts';
import type { CheckAccessDependencies } from '../../shared/http/access/check-access.ts';
import { requireSameOrigin } from '../../shared/http/access/same-origin.ts';
import { signInCookie, signOutCookie } from '../../shared/http/access/session-cookie.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/http-types.ts';
import { formValues } from './form-values.ts';
import { pageResponse, seeOther } from './layout.ts';
import { safeNext, signInPage } from './sign-in-page.ts';

/** Answers `GET /ui/sign-in`, and a sign-in that was refused. */
export const showSignIn = (next: string, isRefused = false): HttpResponse =>
  pageResponse(isRefused ? 401 : 200, {
    title: 'Sign in',
    body: signInPage(next, isRefused),
    isSignedIn: false,
  });

/**
 * Answers `POST /ui/sign-in`: checks the key as every other call does, and gives a session for it.
 * @throws ForbiddenError for a form of another site; StoreUnavailableError, RootSecretMissingError
 */
export async function signIn(request: HttpRequest, access: CheckAccessDependencies): Promise<HttpResponse> {
  requireSameOrigin(request);
  const values = formValues(request);
  const next = safeNext(values.get('next'));
  const text = (values.get('key') ?? '').trim();
  const [key, now] = [readApiKey(text), access.clock.now()];
  try {
    const headers = { authorization: `Bearer ${text}` };
    await apiKeyCaller({ headers }, { entries: access.entries, now });
  } catch (error) {
    if (error instanceof UnauthenticatedError) return showSignIn(next, true);
    throw error;
  }
  const root = await access.root.read();
  return key ? withCookie(seeOther(next), signInCookie(request, key, { root, now })) : showSignIn(next, true);
}

/** Answers `POST /ui/sign-out`. @throws ForbiddenError for a form of another site */
export function signOut(request: HttpRequest): HttpResponse {
  requireSameOrigin(request);
  return withCookie(seeOther('/ui/sign-in'), signOutCookie(request));
}

/** Not as a header: API Gateway has a field of its own for cookies. */
const withCookie = (response: HttpResponse, cookie: string): HttpResponse => ({
  ...response,
  cookies: [cookie],
});
