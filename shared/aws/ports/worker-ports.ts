import type { Contracts } from '../../author/contract.ts';
import { pausesIn } from '../../domain/state/limits/pauses.ts';
import { RecentPauses } from '../../domain/state/limits/recent-pauses.ts';
import { startRatesIn } from '../../domain/state/limits/start-rates.ts';
import type { Given } from '../clients/clients.ts';
import { s3MultipartUploads } from '../objects/multipart-uploads.ts';
import { sqsReceivedQueue } from '../queues/job-queue.ts';
import { dynamoDbRecords } from '../records/records.ts';
import { dynamoDbWorkPlaces } from '../records/work-places.ts';
import type { EnvironmentOf } from '../uses/environment.ts';
import type * as workerUses from '../uses/worker-uses.ts';
import { endingPorts } from './ending-ports.ts';

/**
 * What every worker has, whatever types it runs: the ports that come with worker-uses.ts.
 * @returns the ports, and those of a worker that receives from one queue
 */
export function workerPorts(
  env: EnvironmentOf<typeof workerUses>,
  { contracts, ...given }: Given & { readonly contracts: Contracts },
) {
  const { dynamoDb, sqs, clock } = given;
  const worker = {
    ...endingPorts(env, given),
    contracts,
    multipart: s3MultipartUploads(env),
    leaseMs: env.LEASE_SECONDS * 1000,
    heartbeatMs: env.HEARTBEAT_SECONDS * 1000,
    unknownTypeMs: env.UNKNOWN_TYPE_HOURS * 3600_000,
    spawnAllowance: env.SPAWN_ALLOWANCE,
    pauses: new RecentPauses({ pauses: pausesIn(dynamoDbRecords(dynamoDb, env)), clock }),
    startRates: startRatesIn(dynamoDbRecords(dynamoDb, env)),
    workPlaces: dynamoDbWorkPlaces(dynamoDb, env),
    keepsLogs: env.KEEP_LOGS === 'true',
  };
  const workerOn = (queueUrl: string) => ({
    ...worker,
    queue: sqsReceivedQueue(sqs, queueUrl, env),
  });
  return { worker, workerOn };
}
