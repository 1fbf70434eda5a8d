import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sqs from '@aws-sdk/client-sqs';
import * as leanDynamodb from '../../shared/aws/lean/dynamodb.ts';
import * as leanScheduler from '../../shared/aws/lean/scheduler.ts';
import * as leanSqs from '../../shared/aws/lean/sqs.ts';

/** What the engine sets for a client, and what tests set beside it. */
export interface ClientOptions {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts?: number;
  readonly logger?: Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error', () => void>>;
  readonly requestHandler?: {
    readonly connectionTimeout?: number;
    readonly requestTimeout?: number;
    readonly throwOnRequestTimeout?: boolean;
    readonly httpsAgent?: object;
  };
}

export interface Client {
  send(command: object): Promise<object>;
  destroy(): void;
}
type ClientClass = new (options: ClientOptions) => Client;
export type CommandClass = new (input: never) => object;
type ErrorClass = abstract new (...args: never) => Error;

/** The packages of the SDK that the hot functions have, and those that take their place. */
export interface AwsModules {
  readonly dynamodb: { readonly DynamoDBClient: ClientClass } & Readonly<
    Record<DynamoDbCommand, CommandClass>
  > &
    Readonly<Record<'ConditionalCheckFailedException', ErrorClass>>;
  readonly sqs: { readonly SQSClient: ClientClass } & Readonly<Record<SqsCommand, CommandClass>>;
  readonly scheduler: { readonly SchedulerClient: ClientClass } & Readonly<
    Record<SchedulerCommand, CommandClass>
  > &
    Readonly<Record<'ConflictException' | 'ResourceNotFoundException', ErrorClass>>;
}

/** Each that the engine sends: a test compares that with its sources. */
export const dynamoDbCommands = [
  'BatchGetItemCommand',
  'DeleteItemCommand',
  'DescribeTableCommand',
  'GetItemCommand',
  'PutItemCommand',
  'QueryCommand',
  'ScanCommand',
  'UpdateItemCommand',
] as const;
export type DynamoDbCommand = (typeof dynamoDbCommands)[number];

export const sqsCommands = [
  'ChangeMessageVisibilityCommand',
  'GetQueueAttributesCommand',
  'SendMessageBatchCommand',
  'SendMessageCommand',
] as const;
export type SqsCommand = (typeof sqsCommands)[number];

export const schedulerCommands = ['CreateScheduleCommand', 'DeleteScheduleCommand'] as const;
export type SchedulerCommand = (typeof schedulerCommands)[number];

export interface Row {
  readonly name: string;
  readonly modules: AwsModules;
}
const sdkRow: Row = { name: 'sdk', modules: { dynamodb, sqs, scheduler } };
export const leanRow: Row = {
  name: 'lean',
  modules: { dynamodb: leanDynamodb, sqs: leanSqs, scheduler: leanScheduler },
};

/** Whoever has these modules behaves alike. */
export const rows: readonly Row[] = [sdkRow, leanRow];

const isOneOf =
  <Name extends string>(names: readonly Name[]) =>
  (name: string): name is Name =>
    names.some((each) => each === name);
/** Whether the lean clients have a command. */
export const isCommandOf = {
  dynamodb: isOneOf(dynamoDbCommands),
  sqs: isOneOf(sqsCommands),
  scheduler: isOneOf(schedulerCommands),
};
