import { DynamoDBClient, GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect } from '@jest/globals';
import { startEmulators } from '../../local/emulators/emulators.ts';
import { credentials, region } from '../../local/local-aws.ts';
import type { ChildSystem } from '../../local/system/child-system.ts';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { jobTable } from '../../shared/aws/uses/capabilities.ts';
import { readEnvironment } from '../../shared/aws/uses/environment.ts';
import {
  type AccessEntry,
  accessEntry,
  type KeyEntry,
  type LinksEntry,
  linksId,
  type RootSecretEntry,
  rootSecretId,
  suspendedId,
} from '../../shared/domain/access/access-entry.ts';
import type { ApiKey } from '../../shared/domain/access/api-key.ts';
import { twoDoors } from '../../shared/domain/access/auth-mode.ts';
import { pausesId } from '../../shared/domain/state/limits/pause.ts';
import { pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { copySuspensions } from '../../shared/domain/state/limits/suspension-pauses.ts';
import { passItemId } from '../../shared/domain/state/waits/pass-state.ts';
import { securityHeaders } from '../../shared/http/wire/security-headers.ts';
import { startTokenIssuer, type TokenIssuer } from '../stand-ins/token-issuer.ts';
import { putAccess, putNewKey, tables } from '../system/local-tables.ts';
import { replaceSchedules, startCopiedSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { startWireProxy } from './wire-proxy.ts';

/** A tenant that is suspended from the start. */
export const suspendedTenant = 'suspended one';

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The calls that it took, apart from what processes read by themselves now and then. */
  readonly calls: readonly string[];
}

/** A tenant with limits. */
export const limitedTenant = 'a tenant with limits';

/** `AUTH=apiKey npm start` with schedules, on emulators whose calls are recorded. */
export interface AttackedSystem extends Pick<ChildSystem, 'address'> {
  /** Whose tokens are taken, too, if the system has two doors. */
  readonly issuer: TokenIssuer | undefined;
  /** Of the services beside it, which only our processes call. */
  readonly endpoints: readonly string[];
  /** Writes a new key that no function has seen, and returns its text. */
  newKey(over?: Partial<KeyEntry>): Promise<{ readonly key: ApiKey; readonly text: string }>;
  putAccess(entry: AccessEntry): Promise<void>;
  root(): Promise<RootSecretEntry>;
  /** What links for answers are signed with. */
  links(): Promise<LinksEntry>;
  call(call: HttpCall): Promise<HttpAnswer>;
  /** All items and the lengths of all queues. It is taken anew when a function has changed something. */
  snapshot(): Promise<string>;
  /** Whether anybody has received a message, and is not done with it. A receive is a change, too. */
  hasInFlight(): Promise<boolean>;
  /** The items of a tenant. */
  itemsOf(tenant: string): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

/** @param hasTwoDoors its callers may show an API key or a token */
export async function startAttackedSystem(hasTwoDoors: boolean): Promise<AttackedSystem> {
  const emulators = await startEmulators();
  const table = await startWireProxy(emulators.dynamoDbEndpoint);
  const queue = await startWireProxy(emulators.sqsEndpoint);
  const calls: string[] = [];
  /** How often a function may have changed table or queues. */
  let changes = 0;
  let seen = { changes: -1, text: '', isInFlight: false };
  const onChange = () => {
    changes += 1;
  };
  recordCalls(table, calls, onChange);
  recordCalls(queue, calls, onChange);
  const endpoints = { ...emulators, sqsEndpoint: queue.endpoint, dynamoDbEndpoint: table.endpoint };
  const issuer = hasTwoDoors ? await startTokenIssuer() : undefined;
  const doors = issuer
    ? { auth: twoDoors, tokens: { jwtIssuer: issuer.issuer, jwtAudience: 'jobs' } }
    : { auth: 'apiKey' as const };
  const child = await startCopiedSystem(replaceSchedules, { ...doors, endpoints });
  const dynamoDb = new DynamoDBClient({ endpoint: emulators.dynamoDbEndpoint, region, credentials });
  const sqs = new SQSClient({ endpoint: emulators.sqsEndpoint, region, credentials });
  const items = async () => {
    const { Items = [] } = await dynamoDb.send(
      new ScanCommand({ TableName: tables.jobs, ConsistentRead: true }),
    );
    return Items.filter(({ id }) => id?.S !== passItemId);
  };
  const look = async () => {
    // Before: what changes meanwhile is in the next one.
    const now = changes;
    if (seen.changes !== now) {
      const [all, lengths] = [await items(), await queueLengths(sqs)];
      const isInFlight = lengths.some(([, , inFlight]) => inFlight !== '0');
      seen = { changes: now, text: JSON.stringify([all, lengths]), isInFlight };
    }
    return seen;
  };
  const readAccess = async (id: string) => {
    const input = { TableName: tables.access, Key: toAttributes({ id }) };
    const { Item = {} } = await dynamoDb.send(new GetItemCommand(input));
    return accessEntry.parse(fromAttributes(Item));
  };
  const suspended = new Set([suspendedTenant]);
  const limits = [{ tenant: limitedTenant, logSearchesPerHour: 2, jobsPerMinute: 5 }];
  await putAccess(dynamoDb, { id: suspendedId, kind: 'suspended', tenants: suspended, limits });
  // As who suspends it does. Else the function `overdue` makes its pause, at one of the minutes 0, 5, 10: in the middle of a test.
  const records = dynamoDbRecords(dynamoDb, readEnvironment({ jobTable }, { TABLE_NAME: tables.jobs }));
  await copySuspensions(suspended, { pauses: pausesIn(records), by: 'keys', now: Date.now(), settledMs: 0 });
  if (issuer) await warmAuthorizer(child.address, issuer);
  return {
    address: child.address,
    issuer,
    endpoints: [
      emulators.sqsEndpoint,
      emulators.dynamoDbEndpoint,
      emulators.s3Endpoint,
      emulators.schedulerEndpoint,
    ],
    putAccess: (entry) => putAccess(dynamoDb, entry),
    newKey: (over) => putNewKey(dynamoDb, over),
    async root() {
      const entry = await readAccess(rootSecretId);
      if (entry.kind !== 'root') throw new TypeError('the entry is not the root secret');
      return entry;
    },
    async links() {
      const entry = await readAccess(linksId);
      if (entry.kind !== 'links') throw new TypeError('the entry is not the secret of links');
      return entry;
    },
    async call({ method, path, headers = {}, body }) {
      calls.length = 0;
      const all = { 'content-type': 'application/json', ...headers };
      const init = { method, headers: all, redirect: 'manual' as const };
      const response = await fetch(`${child.address}${path}`, { ...init, ...(body ? { body } : {}) });
      const answer = { status: response.status, headers: response.headers, body: await response.text() };
      // Whatever is asked, by whomever: no answer lacks them.
      const expected = Object.entries(securityHeaders(headers['x-forwarded-proto']));
      const found = expected.map(([name]) => [name, response.headers.get(name)]);
      expect([path, found]).toEqual([path, expected]);
      return { ...answer, calls: [...calls] };
    },
    snapshot: async () => (await look()).text,
    hasInFlight: async () => (await look()).isInFlight,
    itemsOf: async (tenant) => (await items()).filter((item) => item.tenant?.S === tenant),
    async stop() {
      await child.stop();
      await Promise.all([table.stop(), queue.stop(), issuer?.stop()]);
      dynamoDb.destroy();
      sqs.destroy();
      await emulators.stop();
    },
  };
}

/** As many as come at a time, and some more: each that runs beside others is a thread of its own, which asks the issuer for its keys. */
const authorizers = 8;

/** On a busy machine the first question may take longer than the function waits for the answer. */
async function warmAuthorizer(address: string, issuer: TokenIssuer): Promise<void> {
  const headers = { authorization: `Bearer ${await issuer.token({ sub: 'the first', scope: '' })}` };
  const ask = async () => (await fetch(`${address}/me`, { headers })).status;
  await eventually(async () => {
    const statuses = await Promise.all(Array.from({ length: authorizers }, ask));
    return statuses.every((status) => status === 200) || undefined;
  }, 'tokens to be verified');
}

const reads = /^(GetItem|BatchGetItem|Query|Scan|DescribeTable|GetQueueAttributes|GetQueueUrl)$/;

/** Processes read them by themselves, for each caller: secrets, who is suspended, and what is paused. */
const readNowAndThen: readonly string[] = [rootSecretId, linksId, suspendedId, pausesId];

/** Records what functions do: the table and the key of a call, or a queue's operation. */
function recordCalls(
  proxy: Awaited<ReturnType<typeof startWireProxy>>,
  calls: string[],
  onChange: () => void,
): void {
  const noteChange = (operation: string) => {
    if (!reads.test(operation)) onChange();
  };
  proxy.answered = noteChange;
  proxy.treat = (operation, body) => {
    const { TableName, Key, IndexName, FilterExpression, RequestItems = {} } = JSON.parse(body || '{}');
    const id = Key?.id?.S ?? 'several';
    const table = TableName ?? Object.keys(RequestItems)[0];
    // The event source mappings receive all the time. Every five minutes, `overdue` looks at what waits, at endpoints that nobody tries,
    // and for what is stuck.
    const isOfOverdue =
      ['due', 'tried'].includes(IndexName) ||
      id === passItemId ||
      FilterExpression?.startsWith('updatedAt <= :since');
    if (operation !== 'ReceiveMessage' && !isOfOverdue && !readNowAndThen.includes(id))
      calls.push(table === undefined ? operation : `${operation} ${table.split('-').at(-1)} ${id}`);
    noteChange(operation);
    return 'pass';
  };
}

async function queueLengths(sqs: SQSClient): Promise<readonly (readonly (string | undefined)[])[]> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  return Promise.all(
    QueueUrls.map(async (QueueUrl) => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: invisible } =
        Attributes;
      return [QueueUrl, visible, invisible, Attributes.ApproximateNumberOfMessagesDelayed];
    }),
  );
}
