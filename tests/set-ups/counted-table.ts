import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { signatureOf } from '../../local/doors/signature.ts';
import { credentials, region } from '../../local/local-aws.ts';
import { jobTableKeys } from '../job-table.ts';
import type { Rounds } from './rounds.ts';

export interface TableUnits {
  read: number;
  write: number;
  /** Of the indexes of the jobs, which the emulator does not bill: a write of less than 1 KB each. */
  indexWrite: number;
}

const consumed = z.object({
  ConsumedCapacity: z.optional(
    z.union([z.object({ CapacityUnits: z.number() }), z.array(z.object({ CapacityUnits: z.number() }))]),
  ),
});
const key = z.optional(z.looseObject({ id: z.optional(z.object({ S: z.string() })) }));
const call = z.looseObject({
  TableName: z.optional(z.string()),
  ConsistentRead: z.optional(z.boolean()),
  Key: key,
  Item: key,
});
type Call = z.infer<typeof call>;

/** The keys that an item has in each index: with one of two it is in none. */
const keysIn = (item: Record<string, AttributeValue> | undefined) =>
  jobTableKeys.GlobalSecondaryIndexes.map(({ KeySchema }) => {
    const keys = KeySchema.map(({ AttributeName }) => item?.[AttributeName]);
    return keys.includes(undefined) ? undefined : keys;
  });

/** The headers of a call that has another body now. */
function signed(given: IncomingHttpHeaders, body: string): OutgoingHttpHeaders {
  const date = String(given['x-amz-date']);
  const scope = { day: date.slice(0, 8), region, service: 'dynamodb' };
  const names = ['host', 'x-amz-date', 'x-amz-target'];
  const signable = {
    ...{ method: 'POST', target: { path: '/', query: [] }, payloadHash: hash('sha256', body) },
    headers: names.map((name) => [name, String(given[name])] as const),
  };
  const signature = signatureOf(signable, { date, scope, secret: credentials.secretAccessKey });
  const credential = `${credentials.accessKeyId}/${scope.day}/${region}/dynamodb/aws4_request`;
  const { 'x-amz-content-sha256': _, ...headers } = given;
  return {
    ...headers,
    'content-length': Buffer.byteLength(body),
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

interface Forwarded {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function forward(target: string, given: IncomingHttpHeaders, asked: Call): Promise<Forwarded> {
  const body = JSON.stringify({ ...asked, ReturnConsumedCapacity: 'TOTAL' });
  const sent = request(new URL(target), { method: 'POST', headers: signed(given, body) }).end(body);
  const [answer]: IncomingMessage[] = await once(sent, 'response');
  if (!answer) throw new Error('there is no answer');
  const { statusCode: status = 500, headers } = answer;
  return { status, headers, body: Buffer.concat(await answer.toArray()) };
}

/** The emulator bills nothing where a query finds nothing. DynamoDB bills the least that there is. */
function unitsOf({ body }: Forwarded, least: number): number {
  const { ConsumedCapacity = [] } = consumed.parse(JSON.parse(body.toString()));
  return [ConsumedCapacity]
    .flat()
    .reduce((sum, { CapacityUnits }) => sum + Math.max(least, CapacityUnits), 0);
}

type Keys = ReturnType<typeof keysIn>;
/** One if an item gets or loses the keys of an index, two if they change. */
const indexWrites = (before: Keys, after: Keys): number =>
  after.reduce((sum, keys, index) => {
    if (isDeepStrictEqual(keys, before[index])) return sum;
    return sum + (keys === undefined || before[index] === undefined ? 1 : 2);
  }, 0);

interface CountedTable {
  readonly endpoint: string;
  stop(): void;
}

/**
 * Forwards calls to DynamoDB's emulator, asks in each what it consumes, and adds that up. What an index is written is seen by the
 * item, before and after.
 * @param of what the units are added to, and the rounds that the calls are made in
 */
export async function startCountedTable(
  target: string,
  { dynamoDb, tableName }: { readonly dynamoDb: DynamoDBClient; readonly tableName: string },
  of: () => { readonly units: TableUnits; readonly rounds: Rounds },
): Promise<CountedTable> {
  const keysOf = async (id: string | undefined) => {
    if (id === undefined) return [];
    const input = { TableName: tableName, Key: { id: { S: id } }, ConsistentRead: true };
    return keysIn((await dynamoDb.send(new GetItemCommand(input))).Item);
  };
  async function counted(headers: IncomingHttpHeaders, asked: Call): Promise<Forwarded> {
    const { units } = of();
    const isRead = /(Get|BatchGet)Item$|Query$|Scan$/.test(String(headers['x-amz-target']));
    const id = isRead || asked.TableName !== tableName ? undefined : (asked.Key ?? asked.Item)?.id?.S;
    const before = await keysOf(id);
    const answer = await forward(target, headers, asked);
    units.indexWrite += indexWrites(before, await keysOf(id));
    if (isRead) units.read += unitsOf(answer, asked.ConsistentRead ? 1 : 0.5);
    // DynamoDB bills a write whose condition does not hold, too.
    else units.write += answer.status === 200 ? unitsOf(answer, 1) : 1;
    return answer;
  }
  const known = new Map<string, Rounds>();
  const server = createServer(async (incoming, outgoing) => {
    const { headers } = incoming;
    const asked = call.parse(JSON.parse(Buffer.concat(await incoming.toArray()).toString()));
    const id = String(headers['amz-sdk-invocation-id']);
    const begun = known.get(id);
    const rounds = begun ?? of().rounds;
    known.set(id, rounds);
    if (!begun) await rounds.begin();
    const answer = await (begun ? forward(target, headers, asked) : counted(headers, asked));
    // On a busy machine a client waits no longer, and makes its call again: the call is counted once, and lasts until then.
    if (outgoing.destroyed) return;
    rounds.end();
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
