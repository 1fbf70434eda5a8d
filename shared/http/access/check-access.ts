import type { Right } from '../../job/access-entry.ts';
import { ForbiddenError, JobNotFoundError } from '../../job/errors.ts';
import type { HttpRequest } from '../http-types.ts';
import type { Access } from '../routes.ts';
import { type AuthenticateDependencies, authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { isGranted } from './grant.ts';
import type { RootSecret } from './root-secret.ts';

/** Who was let in: a caller, or whoever holds the grant for the job of the request. */
export type Viewer = { readonly kind: 'caller'; readonly tenant: string } | { readonly kind: 'grant' };

/** Whom a route of this access gets. */
export type Admitted<Asked extends Access> = Asked extends 'open'
  ? undefined
  : Asked extends 'grant or read'
    ? Viewer
    : Caller;

export interface CheckAccessDependencies extends AuthenticateDependencies {
  readonly root: Pick<RootSecret, 'read'>;
}

/**
 * The one place where rights are checked.
 * @throws UnauthenticatedError, ForbiddenError; JobNotFoundError for a grant that is not valid; StoreUnavailableError,
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
  return access === 'grant or read' ? viewer(request, deps) : callerWith(access, request, deps);
}

async function callerWith(
  right: Right,
  request: HttpRequest,
  deps: AuthenticateDependencies,
): Promise<Caller> {
  const caller = await authenticate(request, deps);
  requireRight(caller, right);
  return caller;
}

/** @throws ForbiddenError, for what a route does only for some of its callers */
export function requireRight(caller: Caller, right: Right): void {
  if (!caller.rights.includes(right))
    throw new ForbiddenError(`The credential lacks the right \`${right}\`.`);
}

/** A valid grant is enough. Without one, people show an API key, in every mode: their routes have no authorizer. */
async function viewer(request: HttpRequest, deps: CheckAccessDependencies): Promise<Viewer> {
  const grant = request.queryStringParameters?.grant;
  if (grant !== undefined) {
    const id = request.pathParameters?.id ?? '';
    const now = deps.clock.now();
    if (isGranted(grant, { id, now, root: await deps.root.read() })) return { kind: 'grant' };
    if (request.headers.authorization === undefined)
      throw new JobNotFoundError('There is no job of this id.');
  }
  const mode = deps.mode === 'none' ? 'none' : 'apiKey';
  const { tenant } = await callerWith('read', request, { ...deps, mode });
  return { kind: 'caller', tenant };
}
