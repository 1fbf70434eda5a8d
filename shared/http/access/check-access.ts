import type { Right } from '../../domain/access/access-entry.ts';
import type { EndedSessions } from '../../domain/access/ports.ts';
import { readLink } from '../../domain/access/signal-link.ts';
import { linksEntryOf } from '../../domain/access/signal-links.ts';
import { ForbiddenError, JobNotFoundError, UnauthenticatedError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../http-types.ts';
import { parametersOf } from '../query.ts';
import type { Access } from '../route.ts';
import { type AuthenticateDependencies, authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { type Granted, readGrant } from './grant.ts';
import type { RootSecret } from './root-secret.ts';
import { requireSameOrigin } from './same-origin.ts';
import { hasSession, sessionCaller } from './session-cookie.ts';

/** Who was let in: a caller, or whoever holds the grant for the job of the request. */
export type Viewer = ({ readonly kind: 'caller' } & Caller) | ({ readonly kind: 'grant' } & Granted);

/**
 * Who may answer a job: a caller, or whoever holds the link for the answer of the request. One whose link has expired may do nothing,
 * and is told so.
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

/** Whom a route of this access gets. */
export type Admitted<Asked extends Access> = Asked extends 'open'
  ? undefined
  : Asked extends 'grant or read'
    ? Viewer
    : Asked extends 'link or signal'
      ? Answerer
      : Caller;

export interface CheckAccessDependencies extends AuthenticateDependencies {
  readonly root: Pick<RootSecret, 'read'>;
  /** Of a function that has pages. Another one takes no session. */
  readonly endedSessions?: EndedSessions;
}

/**
 * The one place where rights are checked.
 * @throws UnauthenticatedError, ForbiddenError; JobNotFoundError for a grant or a link that is not valid; StoreUnavailableError,
 * RootSecretMissingError
 */
export async function checkAccess<Asked extends Access>(
  request: HttpRequest,
  access: Asked,
  deps: CheckAccessDependencies,
): Promise<Admitted<Asked>>;
export async function checkAccess(
  request: HttpRequest,
  access: Access,
  deps: CheckAccessDependencies,
): Promise<Admitted<Access>> {
  if (access === 'open') return undefined;
  if (access === 'caller') return authenticate(request, deps);
  if (access === 'grant or read') return viewer(request, deps);
  if (access === 'link or signal') return answerer(request, deps);
  const right = rightOfPage(access);
  return right === undefined
    ? callerWith(access as Right, authenticate(request, deps))
    : callerWith(right, person(request, deps));
}

const rightOfPage = (
  access: Exclude<Access, 'open' | 'caller' | 'grant or read' | 'link or signal'>,
): Right | undefined => (access.startsWith('page ') ? (access.slice('page '.length) as Right) : undefined);

async function callerWith(right: Right, authenticating: Promise<Caller>): Promise<Caller> {
  const caller = await authenticating;
  requireRight(caller, right);
  return caller;
}

/** People sign in by API key, in every mode: their routes have no authorizer. */
async function person(request: HttpRequest, deps: CheckAccessDependencies): Promise<Caller> {
  if (request.headers.authorization !== undefined) return authenticate(request, { ...deps, mode: 'apiKey' });
  requireSameOrigin(request);
  if (deps.mode === 'none') return authenticate(request, deps);
  const { endedSessions: ended } = deps;
  if (!ended || !hasSession(request)) throw new UnauthenticatedError('not signed in');
  return sessionCaller(request, {
    entries: deps.entries,
    ended,
    root: await deps.root.read(),
    now: deps.clock.now(),
  });
}

/** @throws ForbiddenError, for what a route does only for some of its callers */
export function requireRight(caller: Caller, right: Right): void {
  if (!caller.rights.includes(right))
    throw new ForbiddenError(`The credential lacks the right \`${right}\`.`);
}

/** Whether a request of an open route shows an API key, for what the route tells callers alone. Such a route has no authorizer. */
export async function isCaller(request: HttpRequest, deps: CheckAccessDependencies): Promise<boolean> {
  try {
    await authenticate(request, { ...deps, mode: deps.mode === 'none' ? 'none' : 'apiKey' });
    return true;
  } catch (error) {
    if (error instanceof UnauthenticatedError) return false;
    throw error;
  }
}

/** A valid grant is enough. */
async function viewer(request: HttpRequest, deps: CheckAccessDependencies): Promise<Viewer> {
  const grant = request.queryStringParameters?.grant;
  if (grant !== undefined) {
    const id = request.pathParameters?.id ?? '';
    const now = deps.clock.now();
    const granted = readGrant(grant, { id, now, root: await deps.root.read() });
    if (granted) return { kind: 'grant', ...granted };
    if (request.headers.authorization === undefined && !hasSession(request))
      throw new JobNotFoundError('There is no job of this id.');
  }
  return { kind: 'caller', ...(await callerWith('read', person(request, deps))) };
}

/** A valid link is enough. No browser sends it by itself, so a form with it may come from anywhere. */
async function answerer(request: HttpRequest, deps: CheckAccessDependencies): Promise<Answerer> {
  // As the page reads them.
  const parameters = parametersOf(request);
  const link = parameters.get('link');
  if (link !== null) {
    const { id = '', signal: name = '' } = request.pathParameters ?? {};
    const [key, about] = [parameters.get('key') ?? name, parameters.get('about') ?? undefined];
    const found = readLink(link, { id, name, key, about }, await linksEntryOf(deps.entries));
    if (found)
      return found.expiresAt > deps.clock.now() ? { kind: 'link', ...found } : { kind: 'expired link' };
    if (request.headers.authorization === undefined && !hasSession(request))
      throw new JobNotFoundError('There is no job of this id.');
  }
  return { kind: 'caller', ...(await callerWith('signal', person(request, deps))) };
}
