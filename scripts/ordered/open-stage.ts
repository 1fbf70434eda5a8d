import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { region as localRegion } from '../../local/local-aws.ts';
import { defaultPort, findRunningSystem } from '../../local/running-system.ts';
import { defaultRegion, serviceName } from '../../shared/aws/stack.ts';
import { UsageError } from '../usage-error.ts';

export interface StageAddress {
  readonly stage: string;
  readonly region?: string | undefined;
}

interface Opened extends StageAddress {
  readonly projectDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface OpenStage {
  readonly dynamoDb: DynamoDBClient;
  /** Whether the stage has an ordered queue with this number. */
  readonly hasQueue: (number: number) => Promise<boolean>;
  readonly close: () => void;
}

/** A deployed stage, or, for the stage `local`, the `npm start` that runs on `PORT`. @throws UsageError if none runs */
export async function openStage({ stage, region, projectDir, environment }: Opened): Promise<OpenStage> {
  if (stage === 'local') return openLocal(projectDir, environment.PORT ?? defaultPort);
  const settings = { region: region ?? environment.AWS_REGION ?? defaultRegion };
  const [dynamoDb, sqs] = [new DynamoDBClient(settings), new SQSClient(settings)];
  const hasQueue = async (number: number): Promise<boolean> => {
    const QueueName = `${serviceName}-${stage}-ordered${number === 1 ? '' : `-${number}`}.fifo`;
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
  return { dynamoDb, hasQueue, close };
}

async function openLocal(projectDir: string, port: string): Promise<OpenStage> {
  const system = await findRunningSystem(projectDir, port);
  if (system === undefined)
    throw new UsageError(`\`npm start\` of this clone does not run on port ${port}. Start it, or set PORT.`);
  const { dynamoDbEndpoint: endpoint, worker } = system;
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = worker;
  const dynamoDb = new DynamoDBClient({
    endpoint,
    region: localRegion,
    credentials: { accessKeyId, secretAccessKey },
  });
  const queues = Number(worker.ORDERED_QUEUES ?? 1);
  return { dynamoDb, hasQueue: async (number) => number <= queues, close: () => dynamoDb.destroy() };
}
