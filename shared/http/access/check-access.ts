import type { Right } from '../../domain/access/access-entry.ts';
import { UnauthenticatedError } from '../../domain/base/errors.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import type { Access } from '../wire/route.ts';
import { type AuthenticateDependencies, authenticate } from './authenticate.ts';
import { type Caller, callerWith } from './caller.ts';
import type { Answerer, People, Viewer } from './people.ts';
import type { RootSecret } from './root-secret.ts';

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
  /** Of the function that has pages. Another one lets no person in. */
  readonly people?: People;
}

/**
 * Lets a request in, or refuses it, by what its route asks for.
 * @throws UnauthenticatedError, ForbiddenError; JobNotFoundError for a grant or a link that is not valid;
 * StoreUnavailableError, RootSecretMissingError
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
  if (access === 'grant or read') return peopleOf(deps).viewer(request);
  if (access === 'link or signal') return peopleOf(deps).answerer(request);
  const right = rightOfPage(access);
  return right === undefined
    ? callerWith(access as Right, authenticate(request, deps))
    : callerWith(right, peopleOf(deps).person(request));
}

const rightOfPage = (
  access: Exclude<Access, 'open' | 'caller' | 'grant or read' | 'link or signal'>,
): Right | undefined => (access.startsWith('page ') ? (access.slice('page '.length) as Right) : undefined);

function peopleOf({ people }: CheckAccessDependencies): People {
  if (!people) throw new UnauthenticatedError('no person signs in here');
  return people;
}

/**
 * Whether a request of an open route shows an API key, for what the route tells callers alone. Such a route has no
 * authorizer.
 */
export async function isCaller(request: HttpRequest, deps: CheckAccessDependencies): Promise<boolean> {
  try {
    await authenticate(request, { ...deps, mode: deps.mode === 'none' ? 'none' : 'apiKey' });
    return true;
  } catch (error) {
    if (error instanceof UnauthenticatedError) return false;
    throw error;
  }
}
