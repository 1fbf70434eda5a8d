import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type AccessAdminStore,
  AccessTableError,
  DynamoDbAccessAdminStore,
} from '../../infra/access/admin-store.ts';
import { hasJobsIn } from '../../infra/access/lost-root.ts';
import { accessTableName, jobTableName } from '../../infra/access/table-name.ts';
import { jobTable } from '../../shared/aws/capabilities.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { dynamoDbPauses } from '../../shared/aws/pauses.ts';
import { serviceName } from '../../shared/aws/stack.ts';
import type { Pauses } from '../../shared/domain/state/pause.ts';
import { findLocalStage, regionOf, type StageAddress } from '../local-stage.ts';

interface Address extends StageAddress {
  readonly projectDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface AccessTable {
  readonly store: AccessAdminStore;
  /** What is paused: an item of the table of jobs. */
  readonly pauses: Pauses;
  /** Whether the stage has a job. */
  readonly hasJobs: () => Promise<boolean>;
  close(): void;
}

/**
 * The access table of a deployed stage, or, for the stage `local`, of the `npm start` that runs on `PORT`.
 * @throws AccessTableError if no `npm start` runs
 */
export async function openAccessTable(address: Address): Promise<AccessTable> {
  const client = address.stage === 'local' ? await localClient(address) : deployedClient(address);
  return {
    store: new DynamoDbAccessAdminStore(client, accessTableName(serviceName, address.stage)),
    pauses: dynamoDbPauses(
      client,
      readEnvironment({ jobTable }, { TABLE_NAME: jobTableName(serviceName, address.stage) }),
    ),
    hasJobs: hasJobsIn(client, jobTableName(serviceName, address.stage)),
    close: () => client.destroy(),
  };
}

const deployedClient = (address: Address): DynamoDBClient =>
  new DynamoDBClient({ region: regionOf(address, address.environment) });

async function localClient(address: Address): Promise<DynamoDBClient> {
  const { system, settings } = await findLocalStage(address, (text) => new AccessTableError(text));
  return new DynamoDBClient({ ...settings, endpoint: system.dynamoDbEndpoint, maxAttempts: 1 });
}
