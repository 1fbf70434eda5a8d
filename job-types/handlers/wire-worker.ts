import { contracts } from '#job-types/contracts.ts';
import type { Given as GivenToPorts } from '../../shared/aws/clients/clients.ts';
import { workerPorts } from '../../shared/aws/ports/worker-ports.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { suspensions, tenantLimits, tenants } from '../../shared/aws/uses/capabilities.ts';
import { type EnvironmentOf, readEnvironment } from '../../shared/aws/uses/environment.ts';
import type * as workerUses from '../../shared/aws/uses/worker-uses.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { EntryCache } from '../../shared/domain/access/entry-cache.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { limitsOfStage } from '../../shared/operations/doors/limits-of-stage.ts';
import { RecentRoots } from '../../shared/worker/children/recent-roots.ts';
import { mailingOf } from '../send-email/adapter.ts';
import type { LongDependencies } from './long.ts';

interface Given extends GivenToPorts {
  readonly env: EnvironmentOf<typeof workerUses>;
  /** All of the process: job types have variables there, too. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * What a worker of every type has beside its queue and its handlers, and what the handlers of the long queue are given.
 */
export function wireWorker({ env, environment, ...ports }: Given) {
  const { dynamoDb, clock, log } = ports;
  const { worker, workerOn } = workerPorts(env, { ...ports, contracts });
  const ofChildren = {
    family: new ParentNotifier(worker),
    recentRoots: new RecentRoots(worker),
  };
  const ofTypes: LongDependencies = {
    environment,
    objects: worker.objects,
    // Read only if the project has send-email: the variables of mail come with that type.
    get mailing() {
      const own = readEnvironment({ tenants, suspensions, tenantLimits }, environment);
      const store = dynamoDbAccessStore(dynamoDb, own);
      const entries = new EntryCache({ store, clock });
      const rates = ratesIn(dynamoDbRecords(dynamoDb, env));
      const { door } = limitsOfStage(own, { store, rates, clock, log });
      return mailingOf(environment, { placesOf: (tenant) => mailPlacesOf(tenant, entries), door });
    },
  };
  return { worker, workerOn: (queueUrl: string) => ({ ...workerOn(queueUrl), ...ofChildren }), ofTypes };
}
