import { contracts } from '#job-types/contracts.ts';
import type { dynamoDbClient, sqsClient } from '../../shared/aws/clients/clients.ts';
import { stageKeepsPayload } from '../../shared/aws/objects/keep-payload.ts';
import { noBulkActions, sqsGroupQueue, sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import type { jobTableWithMessages } from '../../shared/aws/uses/capabilities.ts';
import type { EnvironmentOf, Granted } from '../../shared/aws/uses/environment.ts';
import type * as submitUses from '../../shared/aws/uses/submit-uses.ts';
import { EntryCache } from '../../shared/domain/access/entry-cache.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import type { Charges, RunningCharges } from '../../shared/domain/access/ports.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import type { Clock, Log, Random } from '../../shared/domain/base/ports.ts';
import { readStageSetup } from '../../shared/domain/notify/stage-setup.ts';
import type { Meters } from '../../shared/domain/observe/metrics.ts';
import type { PointerQueue } from '../../shared/domain/schedules/schedule-ports.ts';
import { debouncesIn } from '../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import type { JobQueue, JobStore } from '../../shared/domain/state/ports.ts';
import { submitFromJob } from '../../shared/http/requests/submit-from-job.ts';
import { chargesBy, runningChargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { limitsOfStage } from '../../shared/operations/doors/limits-of-stage.ts';
import type { JobSubmitter } from '../../shared/worker/children/job-submissions.ts';

interface Given {
  readonly env: EnvironmentOf<typeof submitUses> & Granted<typeof jobTableWithMessages>;
  readonly sqs: ReturnType<typeof sqsClient>;
  readonly dynamoDb: ReturnType<typeof dynamoDbClient>;
  readonly meters: Pick<Meters, 'on'>;
  /** What every worker has. */
  readonly worker: {
    readonly store: JobStore;
    readonly waiting: Pick<JobQueue, 'send'>;
    readonly pointers: PointerQueue;
    readonly clock: Clock;
    readonly random: Random;
    readonly log: Log;
  };
}

interface Submitting {
  readonly submitter: JobSubmitter;
  readonly charges: Charges;
  readonly runningCharges: RunningCharges;
}

/** By what the jobs of a worker submit others, and who counts these, children, and the time that jobs run for. */
export function wireSubmitter({ env, sqs, dynamoDb, meters, worker }: Given): Submitting {
  const store = dynamoDbAccessStore(dynamoDb, env);
  const records = dynamoDbRecords(dynamoDb, env);
  const entries = new EntryCache({ store, clock: worker.clock });
  const { suspensions, door } = limitsOfStage(env, {
    ...worker,
    store,
    rates: ratesIn(records),
  });
  const charges = chargesBy({ door, log: worker.log });
  const queueAt = (queueUrl: string) => sqsJobQueue(sqs, { queueUrl });
  const deps = {
    ...worker,
    meters,
    firstTries: firstTriesIn(records),
    debounces: debouncesIn(records),
    contracts,
    suspensions,
    charges,
    queues: {
      standard: queueAt(env.STANDARD_QUEUE_URL),
      long: queueAt(env.LONG_QUEUE_URL),
      server: queueAt(env.SERVER_QUEUE_URL),
      ordered: sqsGroupQueue(sqs, env),
      waiting: worker.waiting,
      bulk: noBulkActions,
    },
    listShards: env.LIST_SHARDS,
    keepPayload: stageKeepsPayload(env, worker),
    setup: readStageSetup(env, (tenant) => mailPlacesOf(tenant, entries)),
  };
  return {
    submitter: { submit: (order, mayGoOn) => submitFromJob(order, mayGoOn, deps) },
    charges,
    runningCharges: runningChargesBy({ door, log: worker.log }),
  };
}
