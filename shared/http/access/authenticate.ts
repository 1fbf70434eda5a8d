import { rights } from '../../domain/access/access-entry.ts';
import type { AuthMode } from '../../domain/access/auth-mode.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import { unreachable } from '../../domain/base/errors.ts';
import type { Clock } from '../../domain/base/ports.ts';
import type { HttpRequest } from '../wire/http-types.ts';
import { apiKeyCaller } from './api-key-caller.ts';
import type { Caller } from './caller.ts';
import { iamCaller } from './iam-caller.ts';
import { jwtCaller, verifiedCaller } from './jwt-caller.ts';

export interface AuthenticateDependencies {
  readonly mode: AuthMode;
  /** The claim of a token that names its tenant. */
  readonly tenantClaim: string;
  readonly entries: AccessStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Everybody, where a stage has no access control. */
const everybody: Caller = { tenant: 'public', actor: 'anybody', rights };

/**
 * Who makes the request, in the mode of the stage.
 * @throws UnauthenticatedError, ForbiddenError, StoreUnavailableError
 */
export async function authenticate(request: HttpRequest, deps: AuthenticateDependencies): Promise<Caller> {
  const { mode, tenantClaim, entries, clock } = deps;
  switch (mode) {
    case 'apiKey':
      return apiKeyCaller(request, { entries, now: clock.now() });
    case 'jwt':
      return jwtCaller(request, tenantClaim);
    case 'apiKey,jwt':
      return verifiedCaller(request) ?? apiKeyCaller(request, { entries, now: clock.now() });
    case 'iam':
      return iamCaller(request, entries);
    case 'none':
      return everybody;
    default:
      return unreachable(mode);
  }
}
