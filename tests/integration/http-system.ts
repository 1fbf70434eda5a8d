import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import type { EmulatorEndpoints } from '../../local/emulators/emulator-endpoints.ts';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import type { KeyEntry } from '../../shared/domain/access/access-entry.ts';
import { batchKeyPrefix } from '../../shared/domain/children/batch.ts';
import { passItemId } from '../../shared/domain/state/waits/pass-state.ts';
import { putNewKey, tables } from '../system/local-tables.ts';
import { replaceSchedules, startCopiedSystem } from '../system/start-system.ts';
import { startWireProxy } from './wire-proxy.ts';

/** A request as it is sent, byte by byte. */
export interface RawRequest {
  readonly method: string;
  /** Path and query, as they stand in the request. */
  readonly target: string;
  /** A list is sent as repeated headers. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: Buffer | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** `AUTH=apiKey npm start` with schedules, by HTTP, on emulators whose writes are recorded. */
export interface HttpSystem {
  readonly address: string;
  /** Of the emulators, not of what records. */
  readonly endpoints: EmulatorEndpoints;
  /** A new key for a tenant, with all rights unless `over` says less. */
  keyOf(tenant: string, over?: Partial<KeyEntry>): Promise<string>;
  send(request: RawRequest): Promise<RawAnswer>;
  /** The end of what it has printed. */
  output(): string;
  /** The batches of children of a tenant's jobs, and their shards, as the table has them now. */
  batchesOf(tenant: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** The ids of the jobs that functions wrote, or sent a message of, since a test emptied the set. */
  readonly written: Set<string>;
  stop(): Promise<void>;
}

const reads = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'DescribeTable'];
const tableCall = z.object({
  TableName: z.string(),
  Key: z.optional(z.object({ id: z.object({ S: z.string() }) })),
});
const queueCall = z.object({ MessageBody: z.string() });
/** A job's, or that of a notification. */
const message = z.union([z.object({ id: z.string() }), z.object({ jobId: z.string() })]);

const idIn = (sent: z.infer<typeof message>): string => ('id' in sent ? sent.id : sent.jobId);

/** @param cors an origin whose pages may call the API */
export async function startHttpSystem({ cors }: { readonly cors?: string } = {}): Promise<HttpSystem> {
  const emulators = await startEmulators();
  const table = await startWireProxy(emulators.dynamoDbEndpoint);
  const queue = await startWireProxy(emulators.sqsEndpoint);
  const written = new Set<string>();
  table.treat = (operation, body) => {
    if (reads.includes(operation)) return 'pass';
    const { TableName, Key } = tableCall.parse(JSON.parse(body));
    // The function `overdue` looks for stuck jobs by itself.
    if (TableName.endsWith('-jobs') && Key?.id.S !== passItemId)
      written.add(Key?.id.S ?? `${operation} without an id`);
    return 'pass';
  };
  queue.treat = (operation, body) => {
    if (operation === 'SendMessage')
      written.add(idIn(message.parse(JSON.parse(queueCall.parse(JSON.parse(body)).MessageBody))));
    return 'pass';
  };
  const endpoints = { ...emulators, sqsEndpoint: queue.endpoint, dynamoDbEndpoint: table.endpoint };
  const child = await startCopiedSystem(replaceSchedules, {
    auth: 'apiKey',
    endpoints,
    ...(cors === undefined ? {} : { cors }),
  });
  const dynamoDb = new DynamoDBClient({ endpoint: emulators.dynamoDbEndpoint, region, credentials });
  return {
    address: child.address,
    output: child.output,
    endpoints: emulators,
    written,
    keyOf: async (tenant, over) => (await putNewKey(dynamoDb, { ...over, tenant })).text,
    async batchesOf(tenant) {
      const { Items = [] } = await dynamoDb.send(
        new ScanCommand({
          ...{ TableName: tables.jobs, ConsistentRead: true },
          FilterExpression: 'begins_with(id, :batch) AND tenant = :tenant',
          ExpressionAttributeValues: toAttributes({ ':batch': batchKeyPrefix, ':tenant': tenant }),
        }),
      );
      return Items.map(fromAttributes);
    },
    send: (each) => send(child.address, each),
    async stop() {
      await child.stop();
      await Promise.all([table.stop(), queue.stop()]);
      dynamoDb.destroy();
      await emulators.stop();
    },
  };
}

/** Not with `fetch`, which corrects what is odd. */
async function send(address: string, { method, target, headers, body }: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(address);
  // Without a length, Node.js would send the body of a GET as the next request.
  const length: [string, string][] = body === undefined ? [] : [['content-length', String(body.byteLength)]];
  const sent = mutable({ ...headers, ...Object.fromEntries(length) });
  // A new connection for every call: the server may close an idle one while a call is sent on it.
  const outgoing = request({ hostname, port, method, path: target, headers: sent, agent: false });
  const responding = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  outgoing.end(body);
  const [response] = await responding;
  const pairs = Object.entries(response.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return { status: response.statusCode ?? 0, headers: new Headers(pairs), body: await text(response) };
}

const mutable = (headers: RawRequest['headers']): Record<string, string | string[]> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
