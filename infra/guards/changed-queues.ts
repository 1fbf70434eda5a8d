import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueUrlCommand, QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { asError } from '../../shared/domain/base/errors.ts';
import { orderedQueueNames } from '../../shared/domain/base/queue-figures.ts';
import { isActive, pause, pausesId } from '../../shared/domain/state/limits/pause.ts';
import { ownTables } from '../access/table-name.ts';
import type { SdkConfig } from '../template/serverless.ts';
import { countMessages } from './open-work.ts';

interface StageToDeploy {
  /** The name of the stack. */
  readonly stack: string;
  readonly orderedQueues: number;
  /** That of its jobs, if it is not the stack's own. */
  readonly jobTable?: string | undefined;
}

interface Clients {
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
}

/** What is wrong with the number of ordered queues, or what to know of it. */
interface QueueCheck {
  readonly problem?: string;
  readonly warning?: string;
}

/** A process may know an older state of the pauses for half a minute, and SQS counts up to a minute late. */
const settledMs = 2 * 60_000;

/**
 * Compares the ordered queues that SQS has with those of a deployment: another number would put jobs of one group into
 * two queues. So the number changes only while no queue has a message, and nobody sends one. Queues are asked for,
 * since they stay when a stack is removed.
 */
export async function findChangedQueues(stage: StageToDeploy, clients: Clients): Promise<QueueCheck> {
  const { stack, orderedQueues } = stage;
  try {
    const urls = await queuesOf(stack, clients.sqs);
    if (urls.length === 0 || urls.length === orderedQueues) return {};
    const changed = `orderedQueues is ${orderedQueues}, and the stage has ${urls.length}`;
    const left = await whatIsLeft(urls, stage, clients);
    if (left.length === 0) return { warning: `${changed}. It is drained, and so gets the new number.` };
    return {
      problem: `${changed}. A job of a group must not be in two queues, so the number changes only while the stage is drained, and ${left.join(', and ')}. Set orderedQueues to ${urls.length}; or drain it: \`jobctl pause stage --refuse-submissions\`, and the rest of docs/order-and-time.md, "Another number of ordered queues".`,
    };
  } catch (error) {
    return {
      warning: `orderedQueues may not change. Whether the stage has ${orderedQueues} is not known: ${asError(error).message}`,
    };
  }
}

export async function compareQueues(stage: StageToDeploy, config: SdkConfig): Promise<QueueCheck> {
  const clients = { sqs: new SQSClient(config), dynamoDb: new DynamoDBClient(config) };
  const found = await findChangedQueues(stage, clients);
  for (const client of Object.values(clients)) client.destroy();
  return found;
}

async function queuesOf(stack: string, sqs: SQSClient): Promise<readonly string[]> {
  const found = orderedQueueNames.map(async (name) => {
    try {
      const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${stack}-${name}` }));
      return [QueueUrl];
    } catch (error) {
      if (error instanceof QueueDoesNotExist) return [];
      throw error;
    }
  });
  return (await Promise.all(found)).flat();
}

async function whatIsLeft(
  urls: readonly string[],
  { stack, jobTable }: StageToDeploy,
  { sqs, dynamoDb }: Clients,
): Promise<readonly string[]> {
  const input = { TableName: jobTable || ownTables(stack).jobs, Key: toAttributes({ id: pausesId }) };
  const { Item = {} } = await dynamoDb.send(new GetItemCommand({ ...input, ConsistentRead: true }));
  const counts = await Promise.all(urls.map((url) => countMessages(sqs, url)));
  const messages = counts.reduce((sum, { all }) => sum + all, 0);
  return [
    ...(isSettled(pauseItem.parse(fromAttributes(Item)), Date.now())
      ? []
      : ['no pause of the stage has refused submissions for two minutes']),
    ...(messages === 0 ? [] : [`its ordered queues have ${messages} messages`]),
  ];
}

const pauseItem = z.object({ stage: z.optional(pause) });

const isSettled = ({ stage }: z.infer<typeof pauseItem>, now: number): boolean =>
  stage?.submissions === 'refuse' && isActive(stage, now) && now - stage.at >= settledMs;
