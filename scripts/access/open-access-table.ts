import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type AccessAdminStore,
  AccessTableError,
  DynamoDbAccessAdminStore,
} from '../../infra/access/admin-store.ts';
import { accessTableName, jobTableName } from '../../infra/access/table-name.ts';
import { region as localRegion } from '../../local/local-aws.ts';
import { defaultPort, findRunningSystem } from '../../local/running-system.ts';
import { jobTable } from '../../shared/aws/capabilities.ts';
import { readEnvironment } from '../../shared/aws/environment.ts';
import { dynamoDbPauses } from '../../shared/aws/pauses.ts';
import { defaultRegion, serviceName } from '../../shared/aws/stack.ts';
import type { Pauses } from '../../shared/domain/state/pause.ts';

interface StageAddress {
  readonly stage: string;
  readonly region?: string | undefined;
  readonly projectDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface AccessTable {
  readonly store: AccessAdminStore;
  /** What is paused: an item of the table of jobs. */
  readonly pauses: Pauses;
  close(): void;
}

/**
 * The access table of a deployed stage, or, for the stage `local`, of the `npm start` that runs on `PORT`.
 * @throws AccessTableError if no `npm start` runs
 */
export async function openAccessTable(address: StageAddress): Promise<AccessTable> {
  const client = address.stage === 'local' ? await localClient(address) : deployedClient(address);
  return {
    store: new DynamoDbAccessAdminStore(client, accessTableName(serviceName, address.stage)),
    pauses: dynamoDbPauses(
      client,
      readEnvironment({ jobTable }, { TABLE_NAME: jobTableName(serviceName, address.stage) }),
    ),
    close: () => client.destroy(),
  };
}

const deployedClient = ({ region, environment }: StageAddress): DynamoDBClient =>
  new DynamoDBClient({ region: region ?? environment.AWS_REGION ?? defaultRegion });

async function localClient({ projectDir, environment }: StageAddress): Promise<DynamoDBClient> {
  const port = environment.PORT ?? defaultPort;
  const system = await findRunningSystem(projectDir, port);
  if (system === undefined)
    throw new AccessTableError(
      `\`npm start\` of this clone does not run on port ${port}. Start it, or set PORT to its port, such as PORT=3200`,
    );
  const { dynamoDbEndpoint: endpoint, worker } = system;
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = worker;
  const credentials = { accessKeyId, secretAccessKey };
  return new DynamoDBClient({ endpoint, region: localRegion, credentials, maxAttempts: 1 });
}
