import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type AccessAdminStore,
  AccessTableError,
  DynamoDbAccessAdminStore,
} from '../../infra/access/admin-store.ts';
import { hasJobsIn } from '../../infra/access/lost-root-secret.ts';
import { ownTables } from '../../infra/access/table-name.ts';
import { readTablesInUse, TablesUnknownError } from '../../infra/deployed/tables-in-use.ts';
import { stackNameOf } from '../../shared/aws/observe/stack.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { jobTable } from '../../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import { type Pauses, pausesIn } from '../../shared/domain/state/limits/pauses.ts';
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
 * @throws AccessTableError if no `npm start` runs, or it is not known which tables the stage uses
 */
export async function openAccessTable(address: Address): Promise<AccessTable> {
  const { client, tables } =
    address.stage === 'local' ? await localStage(address) : await deployedStage(address);
  return {
    store: new DynamoDbAccessAdminStore(client, tables.access),
    pauses: pausesIn(dynamoDbRecords(client, readEnvironment({ jobTable }, { TABLE_NAME: tables.jobs }))),
    hasJobs: hasJobsIn(client, tables.jobs),
    close: () => client.destroy(),
  };
}

async function deployedStage(address: Address) {
  const region = regionOf(address, address.environment);
  const tables = await readTablesInUse(address.stage, region).catch((error: unknown) => {
    throw error instanceof TablesUnknownError ? new AccessTableError(error.message, { cause: error }) : error;
  });
  return { client: new DynamoDBClient({ region }), tables };
}

async function localStage(address: Address) {
  const { system, settings } = await findLocalStage(address, (text) => new AccessTableError(text));
  const client = new DynamoDBClient({ ...settings, endpoint: system.dynamoDbEndpoint, maxAttempts: 1 });
  return { client, tables: ownTables(stackNameOf('local')) };
}
