import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sesv2 from '@aws-sdk/client-sesv2';
import * as sqs from '@aws-sdk/client-sqs';
import * as leanDynamodb from '../../../shared/aws/lean/dynamodb.ts';
import * as leanEventbridge from '../../../shared/aws/lean/eventbridge.ts';
import * as leanScheduler from '../../../shared/aws/lean/scheduler.ts';
import * as leanSesv2 from '../../../shared/aws/lean/sesv2.ts';
import * as leanSqs from '../../../shared/aws/lean/sqs.ts';

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
type CommandClass = new (input: never) => object;
type ErrorClass = abstract new (...args: never) => Error;

/** What the engine has of each service: a test compares its commands with the sources. */
const services = {
  dynamodb: {
    client: 'DynamoDBClient',
    commands: [
      'BatchGetItemCommand',
      'DeleteItemCommand',
      'DescribeTableCommand',
      'GetItemCommand',
      'PutItemCommand',
      'QueryCommand',
      'ScanCommand',
      'UpdateItemCommand',
    ],
    errors: ['ConditionalCheckFailedException'],
  },
  eventbridge: { client: 'EventBridgeClient', commands: ['PutEventsCommand'], errors: [] },
  scheduler: {
    client: 'SchedulerClient',
    commands: ['CreateScheduleCommand', 'DeleteScheduleCommand'],
    errors: ['ConflictException', 'ResourceNotFoundException'],
  },
  sesv2: {
    client: 'SESv2Client',
    commands: ['GetSuppressedDestinationCommand', 'SendEmailCommand'],
    errors: ['SESv2ServiceException'],
  },
  sqs: {
    client: 'SQSClient',
    commands: [
      'ChangeMessageVisibilityCommand',
      'GetQueueAttributesCommand',
      'SendMessageBatchCommand',
      'SendMessageCommand',
    ],
    errors: [],
  },
} as const;
type Services = typeof services;
export type ServiceName = keyof Services;
export type CommandOf<Name extends ServiceName> = Services[Name]['commands'][number];

/** A call of the engine. */
export type Call = {
  readonly [Name in ServiceName]: {
    readonly service: Name;
    readonly command: CommandOf<Name>;
    readonly input: object;
  };
}[ServiceName];

/** The packages of the SDK that functions have, and those that take their place. */
type AwsModules = {
  readonly [Name in ServiceName]: Readonly<Record<Services[Name]['client'], ClientClass>> &
    Readonly<Record<CommandOf<Name>, CommandClass>> &
    Readonly<Record<Services[Name]['errors'][number], ErrorClass>>;
};

export interface Row {
  readonly name: string;
  readonly modules: AwsModules;
}
const sdkRow: Row = { name: 'sdk', modules: { dynamodb, eventbridge, scheduler, sesv2, sqs } };
export const leanRow: Row = {
  name: 'lean',
  modules: {
    dynamodb: leanDynamodb,
    eventbridge: leanEventbridge,
    scheduler: leanScheduler,
    sesv2: leanSesv2,
    sqs: leanSqs,
  },
};

/** All that have these modules behave alike. */
export const rows: readonly Row[] = [sdkRow, leanRow];

/** Those that the lean clients have. */
export const commandsOf = (service: ServiceName): readonly string[] => services[service].commands;
export const allCommands: readonly string[] = Object.values(services).flatMap(({ commands }) => commands);

/** Each is there by its name: `AwsModules` says so. */
const classIn = <Class>(module: object, name: string): Class =>
  (module as Readonly<Record<string, Class>>)[name] as Class;

export const clientOf = ({ modules }: Row, service: ServiceName, options: ClientOptions): Client =>
  new (classIn<ClientClass>(modules[service], services[service].client))(options);

/** The input is that of the command: the tables of tests pair them. */
export const commandOf = ({ modules }: Row, { service, command, input }: Call): object =>
  new (classIn<CommandClass>(modules[service], command))(input as never);
