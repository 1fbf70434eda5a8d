import { randomUUID } from 'node:crypto';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetAliasCommand, LambdaClient, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import {
  GetScheduleCommand,
  ListScheduleGroupsCommand,
  SchedulerClient,
  type Target,
} from '@aws-sdk/client-scheduler';
import { ListQueuesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { eventBridgeSchedules } from '../../shared/aws/queues/one-time-schedules.ts';
import type { Delivery } from '../../shared/domain/state/ports.ts';

export const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };

/** The AWS in memory of all deployments. Each suite has a region, so that it sees nothing of the others. */
export interface MotoAws {
  readonly endpoint: string;
  /** The copy of the project that is deployed. */
  readonly dir: string;
  /** Runs `sls` against it, with the bundles of the packages. */
  sls(
    args: readonly string[],
    region: string,
    environment?: Readonly<Record<string, string>>,
  ): Promise<string>;
}

const functionsSchema = z.object({
  Functions: z.array(
    z.object({
      FunctionName: z.string(),
      Handler: z.string(),
      Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
    }),
  ),
});
export type DeployedFunction = z.infer<typeof functionsSchema>['Functions'][number];

/** Reads the resources of a region at an endpoint. */
export class Deployed {
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
  readonly s3: S3Client;
  readonly #lambda: LambdaClient;
  readonly #scheduler: SchedulerClient;
  readonly #endpoint: string;
  readonly #region: string;

  constructor(endpoint: string, region: string) {
    this.#endpoint = endpoint;
    this.#region = region;
    this.sqs = new SQSClient({ endpoint, region, credentials });
    this.dynamoDb = new DynamoDBClient({ endpoint, region, credentials });
    this.#scheduler = new SchedulerClient({ endpoint, region, credentials });
    this.#lambda = new LambdaClient({ endpoint, region, credentials });
    this.s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  }

  async functions(): Promise<readonly DeployedFunction[]> {
    const scope = `${credentials.accessKeyId}/20260101/${this.#region}/lambda/aws4_request`;
    const response = await fetch(`${this.#endpoint}/2015-03-31/functions/`, {
      headers: { authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none` },
    });
    return functionsSchema.parse(await response.json()).Functions;
  }

  /** The version of a function that all calls go to. */
  async liveVersion(FunctionName: string): Promise<string | undefined> {
    const { FunctionVersion } = await this.#lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' }));
    return FunctionVersion;
  }

  /** What a person does to go back. */
  async goBackTo(FunctionVersion: string, FunctionName: string): Promise<void> {
    await this.#lambda.send(new UpdateAliasCommand({ FunctionName, Name: 'live', FunctionVersion }));
  }

  /** Whether a table is protected from deletion. */
  async protectionOf(TableName: string): Promise<boolean | undefined> {
    const { Table } = await this.dynamoDb.send(new DescribeTableCommand({ TableName }));
    return Table?.DeletionProtectionEnabled;
  }

  /** Whether a stack is protected from termination. */
  async protectionOfStack(StackName: string): Promise<boolean | undefined> {
    const [endpoint, region] = [this.#endpoint, this.#region];
    const client = new CloudFormationClient({ endpoint, region, credentials });
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    client.destroy();
    return stack?.EnableTerminationProtection;
  }

  /** The URLs of all queues, by name. */
  async queues(): Promise<ReadonlyMap<string, string>> {
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({}));
    return new Map(QueueUrls.map((url) => [url.slice(url.lastIndexOf('/') + 1), url]));
  }

  /** Receives one message. @throws if the queue is empty */
  async receive(QueueUrl: string): Promise<Delivery> {
    const { Messages: [message] = [] } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    if (!message) throw new Error(`The queue ${QueueUrl} is empty.`);
    const { MessageId = '', ReceiptHandle = '', Body = '' } = message;
    return { messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, receiveCount: 1, sentAt: 0 };
  }

  async tables(): Promise<readonly string[]> {
    const { TableNames = [] } = await this.dynamoDb.send(new ListTablesCommand({}));
    return TableNames;
  }

  async scheduleGroups(): Promise<readonly (string | undefined)[]> {
    const { ScheduleGroups = [] } = await this.#scheduler.send(new ListScheduleGroupsCommand({}));
    return ScheduleGroups.map(({ Name }) => Name);
  }

  /** Creates a schedule as a function does that has these variables. @returns where it sends to */
  async targetOfNewSchedule(variables: Readonly<Record<string, string>>): Promise<Target | undefined> {
    const { SCHEDULE_GROUP: groupName = '' } = variables;
    const roleArn = variables.SCHEDULE_ROLE_ARN ?? variables.NOTIFY_SCHEDULE_ROLE_ARN ?? '';
    const targetArn = variables.WAITING_QUEUE_ARN ?? variables.NOTIFY_QUEUE_ARN ?? '';
    const deadLetterArn = variables.DEAD_LETTER_QUEUE_ARN ?? variables.NOTIFY_DEAD_LETTER_QUEUE_ARN ?? '';
    const settings = { groupName, roleArn, targetArn, deadLetterArn };
    const [Name, at] = [randomUUID(), Date.UTC(2100, 0, 1)];
    await eventBridgeSchedules(this.#scheduler, settings).create({ name: Name, at, message: {} });
    const read = new GetScheduleCommand({ Name, GroupName: groupName });
    return (await this.#scheduler.send(read)).Target;
  }

  close(): void {
    this.sqs.destroy();
    this.dynamoDb.destroy();
    this.s3.destroy();
    this.#lambda.destroy();
    this.#scheduler.destroy();
  }
}
