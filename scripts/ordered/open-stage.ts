import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { ownTables } from '../../infra/access/table-name.ts';
import { readTablesInUse, TablesUnknownError } from '../../infra/tables-in-use.ts';
import { stackNameOf } from '../../shared/aws/stack.ts';
import { findLocalStage, regionOf, type StageAddress } from '../local-stage.ts';
import { UsageError } from '../usage-error.ts';

interface Opened extends StageAddress {
  readonly projectDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface OpenStage {
  /** Where its jobs are. */
  readonly env: { readonly TABLE_NAME: string };
  readonly dynamoDb: DynamoDBClient;
  /** Whether the stage has an ordered queue with this number. */
  readonly hasQueue: (number: number) => Promise<boolean>;
  readonly close: () => void;
}

/**
 * A deployed stage, or, for the stage `local`, the `npm start` that runs on `PORT`.
 * @throws UsageError if none runs, or it is not known which table the stage uses
 */
export async function openStage(address: Opened): Promise<OpenStage> {
  const { stage } = address;
  if (stage === 'local') return openLocal(address);
  const settings = { region: regionOf(address, address.environment) };
  const { jobs: TABLE_NAME } = await readTablesInUse(stage, settings.region).catch((error: unknown) => {
    throw error instanceof TablesUnknownError ? new UsageError(error.message) : error;
  });
  const [dynamoDb, sqs] = [new DynamoDBClient(settings), new SQSClient(settings)];
  const hasQueue = async (number: number): Promise<boolean> => {
    const QueueName = `${stackNameOf(stage)}-ordered${number === 1 ? '' : `-${number}`}.fifo`;
    try {
      await sqs.send(new GetQueueUrlCommand({ QueueName }));
      return true;
    } catch (error) {
      if (error instanceof QueueDoesNotExist) return false;
      throw error;
    }
  };
  const close = () => {
    dynamoDb.destroy();
    sqs.destroy();
  };
  return { env: { TABLE_NAME }, dynamoDb, hasQueue, close };
}

async function openLocal(address: Opened): Promise<OpenStage> {
  const { system, settings } = await findLocalStage(address);
  const dynamoDb = new DynamoDBClient({ ...settings, endpoint: system.dynamoDbEndpoint });
  const queues = Number(system.worker.ORDERED_QUEUES ?? 1);
  return {
    env: { TABLE_NAME: ownTables(stackNameOf('local')).jobs },
    dynamoDb,
    hasQueue: async (number) => number <= queues,
    close: () => dynamoDb.destroy(),
  };
}
