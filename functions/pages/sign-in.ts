import { readApiKey } from '../../shared/domain/access/api-key.ts';
import type { EndedCredentials } from '../../shared/domain/access/ended-credentials.ts';
import { UnauthenticatedError } from '../../shared/domain/base/errors.ts';
import type { Random } from '../../shared/domain/base/ports.ts';
import { apiKeyCaller } from '../../shared/http/access/api-key-caller.ts';
import type { CheckAccessDependencies } from '../../shared/http/access/check-access.ts';
import { requireSameOrigin } from '../../shared/http/access/same-origin.ts';
import {
  endSession,
  hasSession,
  signInCookie,
  signOutCookie,
} from '../../shared/http/access/session-cookie.ts';
import type { HttpRequest, HttpResponse } from '../../shared/http/wire/http-types.ts';
import { formValues } from './forms/form-values.ts';
import { pageResponse, seeOther } from './html/layout.ts';
import { safeNext, signInPage } from './sign-in-page.ts';

interface SignInDependencies extends CheckAccessDependencies {
  readonly ended: EndedCredentials;
  readonly random: Pick<Random, 'uuid'>;
}

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
export async function signIn(request: HttpRequest, access: SignInDependencies): Promise<HttpResponse> {
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
  return key
    ? withCookie(seeOther(next), signInCookie(request, key, { root, now, nonce: access.random.uuid() }))
    : showSignIn(next, true);
}

/**
 * Answers `POST /ui/sign-out`: ends the session, also for who has a copy of its cookie.
 * @throws ForbiddenError for a form of another site; StoreUnavailableError, RootSecretMissingError: the cookie stays
 */
export async function signOut(request: HttpRequest, access: SignInDependencies): Promise<HttpResponse> {
  requireSameOrigin(request);
  const { root, clock, ended } = access;
  if (hasSession(request)) await endSession(request, { root: await root.read(), now: clock.now(), ended });
  return withCookie(seeOther('/ui/sign-in'), signOutCookie(request));
}

/** Not as a header: API Gateway has a field of its own for cookies. */
const withCookie = (response: HttpResponse, cookie: string): HttpResponse => ({
  ...response,
  cookies: [cookie],
});
