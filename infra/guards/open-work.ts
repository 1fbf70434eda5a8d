import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { paginateListSchedules, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dueShards, pausedPart, wokenPart } from '../../shared/domain/state/job/list-keys.ts';
import { type DeployedStack, idsOf } from './deployed-stack.ts';

interface Clients {
  readonly sqs: SQSClient;
  readonly scheduler: SchedulerClient;
  readonly dynamoDb: DynamoDBClient;
}

/** What a stage has begun, or will begin by itself, a line each. */
export async function findOpenWork(
  stack: DeployedStack,
  { sqs, scheduler, dynamoDb }: Clients,
): Promise<readonly string[]> {
  return [
    ...(await Promise.all(idsOf(stack, 'AWS::SQS::Queue').map((url) => messagesIn(sqs, url)))).flat(),
    ...(await schedulesOf(scheduler, stack)),
    ...(await waitingIn(dynamoDb, stack)),
  ];
}

/** How many messages a queue has. SQS counts approximately, and up to a minute late. */
export async function countMessages(sqs: SQSClient, QueueUrl: string) {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  const ready = Number(Attributes.ApproximateNumberOfMessages ?? 0);
  const inFlight = Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0);
  const delayed = Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0);
  return { ready, inFlight, delayed, all: ready + inFlight + delayed };
}

async function messagesIn(sqs: SQSClient, QueueUrl: string): Promise<readonly string[]> {
  const { ready, inFlight, delayed, all } = await countMessages(sqs, QueueUrl);
  if (all === 0) return [];
  const name = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
  return [`the queue ${name} has messages: ${ready} ready, ${inFlight} in flight, ${delayed} delayed`];
}

/**
 * The group has the recurring schedules of the stack, and beside them one for each job or notification that waits for
 * its time.
 */
async function schedulesOf(client: SchedulerClient, stack: DeployedStack): Promise<readonly string[]> {
  const recurring = idsOf(stack, 'AWS::Scheduler::Schedule');
  const lines = recurring.map((name) => `the recurring schedule ${name} makes jobs`);
  for (const GroupName of idsOf(stack, 'AWS::Scheduler::ScheduleGroup'))
    for await (const { Schedules = [] } of paginateListSchedules({ client }, { GroupName })) {
      const once = Schedules.filter(({ Name = '' }) => !recurring.includes(Name)).length;
      // There may be a million.
      if (once > 0)
        return [...lines, `the group of schedules ${GroupName} has open schedules: at least ${once}`];
    }
  return lines;
}

const waitingParts = [...Array(dueShards).keys()].flatMap((shard) => [
  String(shard),
  pausedPart(shard),
  wokenPart(shard),
]);

/** A job that waits for an answer, for others or for a resume has neither a message nor a schedule. */
async function waitingIn(client: DynamoDBClient, stack: DeployedStack): Promise<readonly string[]> {
  if (idsOf(stack, 'AWS::DynamoDB::Table').length === 0) return [];
  const TableName = stack.tables.jobs;
  const counts = waitingParts.map(async (part) => {
    const { Count = 0 } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'due',
        KeyConditionExpression: 'dueKey = :part',
        ExpressionAttributeValues: toAttributes({ ':part': part }),
        Select: 'COUNT',
        Limit: 1,
      }),
    );
    return Count;
  });
  const found = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  return found === 0 ? [] : [`jobs wait outside of all queues: at least ${found}`];
}
