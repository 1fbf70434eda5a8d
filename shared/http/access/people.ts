import type { EndedCredentials } from '../../domain/access/ended-credentials.ts';
import { readLink } from '../../domain/access/signal-link.ts';
import { linksEntryOf } from '../../domain/access/signal-links.ts';
import { defined } from '../../domain/base/defined.ts';
import { JobNotFoundError, UnauthenticatedError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import { parametersOf } from '../wire/query.ts';
import { type AuthenticateDependencies, authenticate } from './authenticate.ts';
import { type Caller, callerWith } from './caller.ts';
import { type Granted, readGrant } from './grant.ts';
import type { RootSecret } from './root-secret.ts';
import { requireSameOrigin } from './same-origin.ts';
import { hasSession, sessionCaller } from './session-cookie.ts';

/** Who was let in: a caller, or the holder of the grant for the job of the request. */
export type Viewer =
  | ({ readonly kind: 'caller' } & Caller)
  | ({ readonly kind: 'grant' } & Pick<Granted, 'createdAt'>);

/**
 * Who may answer a job: a caller, or the holder of the link for the answer of the request. One whose link has expired,
 * or was ended, may do nothing, and is told so.
 */
export type Answerer =
  | ({ readonly kind: 'caller' } & Caller)
  | {
      readonly kind: 'link';
      /** When the job of the link was created, epoch milliseconds. */
      readonly createdAt: number;
      /** Epoch milliseconds. */
      readonly expiresAt: number;
    }
  | { readonly kind: 'expired link' };

/** Lets people in, by what a browser sends: a session, or the address of a link. */
export interface People {
  /** @throws UnauthenticatedError, ForbiddenError, StoreUnavailableError, RootSecretMissingError */
  person(request: HttpRequest): Promise<Caller>;
  /** A valid grant is enough. @throws the same, and JobNotFoundError for a grant that is not valid */
  viewer(request: HttpRequest): Promise<Viewer>;
  /** A valid link is enough. @throws the same, and JobNotFoundError for a link that is not valid */
  answerer(request: HttpRequest): Promise<Answerer>;
}

interface PeopleDependencies extends AuthenticateDependencies {
  readonly root: Pick<RootSecret, 'read'>;
  readonly ended: EndedCredentials;
}

/** For the function that has pages. */
export const peopleAccess = (deps: PeopleDependencies): People => ({
  person: (request) => person(request, deps),
  viewer: (request) => viewer(request, deps),
  answerer: (request) => answerer(request, deps),
});

/** People sign in by API key, in every mode: their routes have no authorizer. */
async function person(request: HttpRequest, deps: PeopleDependencies): Promise<Caller> {
  if (request.headers.authorization !== undefined) return authenticate(request, { ...deps, mode: 'apiKey' });
  requireSameOrigin(request);
  if (deps.mode === 'none') return authenticate(request, deps);
  if (!hasSession(request)) throw new UnauthenticatedError('not signed in');
  return sessionCaller(request, {
    entries: deps.entries,
    ended: deps.ended,
    root: await deps.root.read(),
    now: deps.clock.now(),
  });
}

async function viewer(request: HttpRequest, deps: PeopleDependencies): Promise<Viewer> {
  const grant = request.queryStringParameters?.grant;
  if (grant !== undefined) {
    const id = request.pathParameters?.id ?? '';
    const now = deps.clock.now();
    const granted = readGrant(grant, { id, now, root: await deps.root.read() });
    if (granted && !(await deps.ended.has(grant)))
      return { kind: 'grant', ...defined({ createdAt: granted.createdAt }) };
    if (request.headers.authorization === undefined && !hasSession(request))
      throw new JobNotFoundError('There is no job of this id.');
  }
  return { kind: 'caller', ...(await callerWith('read', person(request, deps))) };
}

/** No browser sends a link by itself, so a form with it may come from anywhere. */
async function answerer(request: HttpRequest, deps: PeopleDependencies): Promise<Answerer> {
  // As the page reads them.
  const parameters = parametersOf(request);
  const link = parameters.get('link');
  if (link !== null) {
    const { id = '', signal: name = '' } = request.pathParameters ?? {};
    const key = parameters.get('key') ?? name;
    const [about, as] = ['about', 'as'].map((each) => parameters.get(each) ?? undefined);
    const found = readLink(link, { id, name, key, about, as }, await linksEntryOf(deps.entries));
    if (found) {
      const isGood = found.expiresAt > deps.clock.now() && !(await deps.ended.has(link));
      return isGood ? { kind: 'link', ...found } : { kind: 'expired link' };
    }
    if (request.headers.authorization === undefined && !hasSession(request))
      throw new JobNotFoundError('There is no job of this id.');
  }
  return { kind: 'caller', ...(await callerWith('signal', person(request, deps))) };
}
