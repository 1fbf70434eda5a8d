import type { AuthMode } from '../../domain/access/auth-mode.ts';
import { EntryCache } from '../../domain/access/entry-cache.ts';
import type { AccessStore } from '../../domain/access/ports.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import type { CheckAccessDependencies } from './check-access.ts';
import { RootSecret } from './root-secret.ts';

interface StageAccessDependencies {
  readonly store: AccessStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** What decides about access, from a function's environment. */
interface AccessConfig {
  readonly AUTH: AuthMode;
  readonly JWT_TENANT_CLAIM: string;
  readonly STAGE: string;
}

/** The access control of a function. It lives as long as the function's instance, and with it what it remembers. */
export const stageAccess = (
  config: AccessConfig,
  deps: StageAccessDependencies,
): CheckAccessDependencies => ({
  mode: config.AUTH,
  tenantClaim: config.JWT_TENANT_CLAIM,
  entries: new EntryCache(deps),
  clock: deps.clock,
  root: new RootSecret({ ...deps, stage: config.STAGE }),
});
