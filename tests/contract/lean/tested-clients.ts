import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';

import {
  type Call,
  type Client,
  type ClientOptions,
  clientOf,
  commandOf,
  commandsOf,
  leanRow,
  rows,
} from './aws-modules.ts';
import { checkAlike } from './compared-requests.ts';
import { type RecordedAws, startRecordedAws } from './recorded-aws.ts';

/*
 * Clients for the contract tests of adapters. Bundles of functions have lean clients in place of the SDK's. So here lean clients make the
 * calls, behind clients of the SDK: adapters and tests stay as they are, and tests can put middleware before the calls.
 * With AWS_CLIENTS=sdk the SDK makes the calls, as it does on servers (`npm run test:long`).
 */
const isLean = process.env.AWS_CLIENTS !== 'sdk';

const secrets = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a secret' };

/** Clients for adapters. */
export const testedDynamoDbClient = (options: ClientOptions): DynamoDBClient =>
  withLeanCalls(new DynamoDBClient({ ...options }), 'dynamodb', options);
export const testedSqsClient = (options: ClientOptions): SQSClient =>
  withLeanCalls(new SQSClient({ ...options }), 'sqs', options);
export const testedEventBridgeClient = (options: ClientOptions): EventBridgeClient =>
  withLeanCalls(new EventBridgeClient({ ...options }), 'eventbridge', options);
export const testedSchedulerClient = (options: ClientOptions): SchedulerClient =>
  withLeanCalls(new SchedulerClient({ ...options }), 'scheduler', options);

interface Args {
  readonly input: object;
}
type Handler = (args: Args) => Promise<{ readonly output: object; readonly response: unknown }>;
/** What all clients of the SDK have. */
interface SdkClient {
  readonly middlewareStack: {
    add(middleware: (next: Handler, context: { readonly commandName?: string }) => Handler, at: object): void;
  };
  destroy(): void;
}

function withLeanCalls<Kind extends DynamoDBClient | EventBridgeClient | SQSClient | SchedulerClient>(
  client: Kind,
  service: Call['service'],
  options: ClientOptions,
): Kind {
  if (!isLean) return client;
  const lean = clientOf(leanRow, service, options);
  const { middlewareStack } = client as unknown as SdkClient;
  middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (!commandsOf(service).includes(commandName) || hasBytes(args.input)) return next(args);
        // The client of a service has commands of that service.
        const call = { service, command: commandName, input: args.input } as Call;
        return { output: await calledBy(lean, call), response: {} };
      },
    asLastOfAll,
  );
  const destroy = client.destroy.bind(client);
  client.destroy = () => {
    lean.destroy();
    destroy();
  };
  return client;
}

/** The engine sends no bytes, and the lean clients take none. Tests do. */
const hasBytes = (value: unknown): boolean =>
  value instanceof Uint8Array ||
  (typeof value === 'object' && value !== null && Object.values(value).some(hasBytes));

/** Before the SDK makes a request of the input, and after whatever a test does with it. */
const asLastOfAll = { step: 'initialize', priority: 'low', name: 'lean' } as const;

function calledBy(lean: Client, call: Call): Promise<object> {
  compare(call);
  return lean.send(commandOf(leanRow, call));
}

const seen = new Set<string>();
/** One comparison after the other: all use one server. */
let comparing: Promise<void> = Promise.resolve();
const differences: unknown[] = [];

/** Beside the call, which it does not hold up. Of inputs that differ in their texts and numbers alone, one is enough in each process. */
function compare(call: Call): void {
  const shape = `${call.command} ${JSON.stringify(call.input, (_name, value) => (isLeaf(value) ? 0 : value))}`;
  if (seen.has(shape)) return;
  seen.add(shape);
  comparing = comparing
    .then(() => compareNow(call))
    .catch((difference: unknown) => void differences.push(difference));
}

/** For the end of a file of tests. @throws Error if the clients have sent different requests for a call of its */
export async function checkRequestsOfClients(): Promise<void> {
  await comparing;
  const [difference] = differences.splice(0);
  if (difference) throw difference;
}

const isLeaf = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

let recorded: Promise<RecordedAws> | undefined;

/** Each client sends the call to a server that answers nothing of use, and the requests are compared. */
async function compareNow(call: Call): Promise<void> {
  recorded ??= startRecordedAws();
  const { endpoint, play, requests } = await recorded;
  play([{}]);
  for (const row of rows) {
    const client = clientOf(row, call.service, {
      ...{ endpoint, credentials: secrets, region: 'eu-central-1', maxAttempts: 1 },
    });
    // Without a token, each would make up its own.
    const input = call.service === 'scheduler' ? { ClientToken: 't', ...call.input } : call.input;
    // SQS would say what it has read.
    await client.send(commandOf(row, { ...call, input })).catch(() => undefined);
    client.destroy();
  }
  if (requests.length !== rows.length) throw new Error(`${call.command} was sent ${requests.length} times`);
  await checkAlike(requests, secrets);
}
