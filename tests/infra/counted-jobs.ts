import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { credentials, region } from '../../local/local-aws.ts';
import { writeApiKey } from '../../shared/domain/access/api-key.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { type Functions, loadFunctions } from '../integration/functions.ts';
import { type Answer, type System, startSystem } from '../integration/system.ts';
import { jobTableKeys } from '../job-table.ts';
import type { LocalAws } from '../local-aws.ts';
import { projectDir } from '../project-copy.ts';
import { aKey, aKeyEntry } from '../set-ups/access.ts';
import { captureConsole } from '../set-ups/captured-console.ts';
import { startCountedTable, type TableUnits } from '../set-ups/counted-table.ts';
import { Rounds } from '../set-ups/rounds.ts';
import { steppedClock } from '../set-ups/stepped-clock.ts';
import { bundleFunctions, readService } from '../system/kept-service.ts';

export type CountedFunction = 'submit' | 'worker' | 'status';
/** They are invoked by a rule, whether there are jobs or not. */
export type RuledFunction = 'check' | 'overdue';

/** What invocations of a function have called, written and answered. */
export class Counted {
  invocations = 0;
  readonly units: TableUnits = { read: 0, write: 0, indexWrite: 0 };
  readonly rounds = new Rounds(() => setTimeout(2));
  /** To SQS, by the function or for it: one for each 64 KB. And how many of them are about a message with a group. */
  requests = 0;
  fairRequests = 0;
  readonly lines: string[] = [];
  answeredBytes = 0;
}

export interface CountedJobs {
  readonly of: Readonly<Record<CountedFunction | RuledFunction, Counted>>;
  /** Of all items, as DynamoDB stores them. */
  readonly stored: { readonly items: number; readonly itemBytes: number; readonly indexBytes: number };
  readonly submitted: number;
  /** Of one look through the whole table. */
  readonly scannedUnits: number;
}

export interface Counting {
  readonly jobs: number;
  readonly batch: number;
  readonly polls: number;
  readonly payload: unknown;
  /** So many milliseconds after each other one process is invoked. */
  readonly every: Readonly<Record<CountedFunction, number>>;
  /** What the functions of the stage have in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memory: Readonly<Record<CountedFunction, number>>;
}

const requestBytes = 64 * 1024;
const sent = z.looseObject({
  MessageBody: z.optional(z.string()),
  MessageAttributes: z.optional(z.unknown()),
  MessageGroupId: z.optional(z.string()),
});
const requestsFor = (...texts: readonly unknown[]): number =>
  Math.max(
    1,
    Math.ceil(Buffer.byteLength(texts.map((text) => JSON.stringify(text) ?? '').join('')) / requestBytes),
  );

/** Runs jobs on the local system, one process of each function, and counts what AWS bills. */
export async function countJobs(counting: Counting): Promise<CountedJobs> {
  // Once an hour a check looks at all: not at this one.
  const clock = steppedClock(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 2 * ruleMs);
  const running = new Running(clock.step);
  try {
    await running.start(counting.environment);
    await invokeByRule(running);
    await runAll(counting, running);
    return { of: running.of, submitted: counting.jobs, ...(await storedIn(running)) };
  } finally {
    clock.restore();
    await running.stop();
  }
}

/** The local system, whose functions a test invokes one after the other. */
class Running {
  readonly of: Record<CountedFunction | RuledFunction, Counted> = {
    ...{ submit: new Counted(), worker: new Counted(), status: new Counted() },
    ...{ check: new Counted(), overdue: new Counted() },
  };
  #now: CountedFunction | RuledFunction = 'submit';
  readonly #step: (milliseconds: number) => void;
  readonly #captured = captureConsole();
  #functions: Functions | undefined;
  #system: System | undefined;
  #stopTable = () => {};
  #clients: ReturnType<typeof clientsOf> | undefined;

  constructor(step: (milliseconds: number) => void) {
    this.#step = step;
  }

  get system(): System {
    if (!this.#system) throw new Error('the system has not started');
    return this.#system;
  }

  get clients(): ReturnType<typeof clientsOf> {
    this.#clients ??= clientsOf(this.system.aws);
    return this.#clients;
  }

  get worker(): Functions['bySource']['standard'] {
    if (!this.#functions) throw new Error('the functions were not loaded');
    return this.#functions.bySource.standard;
  }

  async start(environment: Readonly<Record<string, string>>): Promise<void> {
    this.#system = await startSystem({
      ...{ auth: 'apiKey', environment },
      load: async (deployment) => {
        const { AWS_ENDPOINT_URL_DYNAMODB: target = '', TABLE_NAME: tableName = '' } = deployment.common;
        const { dynamoDb } = clientsOf({ dynamoDbEndpoint: target, sqsEndpoint: '' });
        const table = await startCountedTable(target, { dynamoDb, tableName }, () => this.of[this.#now]);
        this.#stopTable = table.stop;
        const common = { ...deployment.common, AWS_ENDPOINT_URL_DYNAMODB: table.endpoint };
        this.#functions = await loadFunctions({ ...deployment, common });
        return this.#functions;
      },
    });
    const { aws, queue } = this.#system;
    await aws.putAccess(aKeyEntry(aKey(), { tenant: 'acme' }));
    queue.treat = (_, body) => {
      const { MessageBody, MessageAttributes, MessageGroupId } = sent.parse(JSON.parse(body));
      const requests = requestsFor(MessageBody, MessageAttributes);
      const counted = this.of[this.#now];
      counted.requests += requests;
      if (MessageGroupId !== undefined) counted.fairRequests += requests;
      return 'pass';
    };
    queue.before = () => this.of[this.#now].rounds.begin();
    queue.answered = () => this.of[this.#now].rounds.end();
  }

  /** What is called and written meanwhile is of this function, so many milliseconds after the invocation before. */
  async invoked<T>(
    name: CountedFunction | RuledFunction,
    call: () => Promise<T>,
    afterMs: number,
  ): Promise<T> {
    const { lines } = this.#captured;
    this.#now = name;
    lines.length = 0;
    this.#step(afterMs);
    this.of[name].invocations += 1;
    process.env._X_AMZN_TRACE_ID = 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0'; // as Lambda does
    const { write } = process.stdout;
    process.stdout.write = (text: string | Uint8Array) => Boolean(lines.push(String(text)));
    const result = await call().finally(() => {
      process.stdout.write = write;
    });
    // Only here, lines are indented.
    this.of[name].lines.push(...lines.map((line) => JSON.stringify(JSON.parse(line))));
    return result;
  }

  async stop(): Promise<void> {
    this.#captured.restore();
    await this.#system?.stop();
    this.#stopTable();
  }
}

/** Those of the system compare their requests: their time, too. */
const clientsOf = ({
  dynamoDbEndpoint,
  sqsEndpoint,
}: Pick<LocalAws, 'dynamoDbEndpoint' | 'sqsEndpoint'>) => ({
  dynamoDb: new DynamoDBClient({ endpoint: dynamoDbEndpoint, region, credentials }),
  sqs: new SQSClient({ endpoint: sqsEndpoint, region, credentials }),
});

const ruleMs = 300_000;
/** Before there are jobs. What a function does once a day or an hour, the first call does. */
async function invokeByRule(running: Running): Promise<void> {
  const bundles = await bundleFunctions(projectDir, await readService(projectDir, new Map()));
  for (const name of ['check', 'overdue'] as const) {
    const path = join(bundles, 'functions', name, 'handler.mjs');
    const { handler } = await import(`${pathToFileURL(path).href}?counted=${randomUUID()}`);
    await running.invoked(name, () => handler({}, contextOf(256)), 0);
    running.of[name] = new Counted();
    await running.invoked(name, () => handler({}, contextOf(256)), ruleMs);
  }
}

/** Each job is submitted, asked for once while it waits, run, and asked for as often as is left. */
async function runAll(
  { jobs, batch, polls, payload, every, memory }: Counting,
  running: Running,
): Promise<void> {
  const { system, of } = running;
  const headers = { authorization: `Bearer ${writeApiKey(aKey())}` };
  const call = async (name: CountedFunction, method: string, path: string, body?: string) => {
    const more = { headers, ...(body === undefined ? {} : { body }) };
    const answer = await running.invoked(name, () => system.call(method, path, more), every[name]);
    if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.body} ${of[name].lines.at(-1)}`);
    of[name].answeredBytes += bytesOf(answer);
    return answer;
  };
  const ids: string[] = [];
  const submission = JSON.stringify({ type: 'csv-sums', payload });
  for (let index = 0; index < jobs; index += 1) {
    const { body } = await call('submit', 'POST', '/jobs', submission);
    ids.push(jobResponse.parse(JSON.parse(body)).id);
  }
  const askAll = async () => {
    for (const id of ids) await call('status', 'GET', `/jobs/${id}`);
  };
  if (polls > 0) await askAll();
  for (let done = 0; done < jobs; done += batch)
    await work(batch, { afterMs: every.worker, memoryMb: memory.worker }, running);
  for (let poll = 1; poll < polls; poll += 1) await askAll();
  // Not counted: nobody asks for more than `polls`.
  const { body } = await system.call('GET', `/jobs/${ids.at(-1)}`, { headers });
  if (jobResponse.parse(JSON.parse(body)).status !== 'succeeded') throw new Error(body);
}

/** Receives, invokes and deletes, as Lambda does. */
async function work(
  batch: number,
  { afterMs, memoryMb }: { readonly afterMs: number; readonly memoryMb: number },
  running: Running,
) {
  const { system, worker, of } = running;
  const QueueUrl = system.aws.queueUrl('standard');
  const { sqs } = running.clients;
  const records: SQSRecord[] = [];
  while (records.length < batch) {
    const input = { QueueUrl, MaxNumberOfMessages: batch - records.length };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(input));
    for (const message of Messages) {
      const { MessageId: messageId = '', Body: body = '', ReceiptHandle: receiptHandle = '' } = message;
      const at = String(Date.now());
      records.push({
        ...{
          messageId,
          body,
          receiptHandle,
          messageAttributes: {},
          md5OfBody: '',
          awsRegion: 'eu-central-1',
        },
        attributes: {
          ...{ ApproximateReceiveCount: '1', SentTimestamp: at, SenderId: 'test' },
          ApproximateFirstReceiveTimestamp: at,
        },
        ...{ eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:standard' },
      });
    }
  }
  const event: SQSEvent = { Records: records };
  const { batchItemFailures } = await running.invoked(
    'worker',
    () => worker(event, contextOf(memoryMb)),
    afterMs,
  );
  if (batchItemFailures.length > 0) throw new Error(JSON.stringify(of.worker.lines.at(-1)));
  // SQS counts a request for what a batch has together.
  const requests = requestsFor(...records.map(({ body }) => body)) + 1;
  of.worker.requests += requests;
  if (of.submit.fairRequests > 0) of.worker.fairRequests += requests;
  for (const { receiptHandle: ReceiptHandle } of records)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

const contextOf = (memoryMb: number): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  ...{ functionName: 'job-worker-prod-worker', functionVersion: '12', awsRequestId: randomUUID() },
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:job-worker-prod-worker:live',
  ...{ memoryLimitInMB: String(memoryMb), logGroupName: 'group', logStreamName: 'stream' },
  getRemainingTimeInMillis: () => 60_000,
  ...{ done() {}, fail() {}, succeed() {} },
});

/** What an answer has on the wire, without what API Gateway adds. */
const bytesOf = ({ status, headers, body }: Answer): number =>
  [
    `HTTP/1.1 ${status} OK`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].reduce((sum, line) => sum + Buffer.byteLength(line) + 2, -2);

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf(value: AttributeValue | undefined): number {
  if (value?.S !== undefined) return Buffer.byteLength(value.S);
  if (value?.N !== undefined) return Math.ceil(value.N.replace(/\D/g, '').length / 2) + 1;
  if (value?.B !== undefined) return value.B.byteLength;
  if (value?.L !== undefined) return value.L.reduce((sum, one) => sum + 1 + sizeOf(one), 3);
  if (value?.M !== undefined) return itemSize(value.M) + 3 + Object.keys(value.M).length;
  if (value?.SS !== undefined) return value.SS.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
  return 1;
}
const itemSize = (item: Readonly<Record<string, AttributeValue>>): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);

async function storedIn({ system, clients }: Running): Promise<Omit<CountedJobs, 'of' | 'submitted'>> {
  const TableName = system.aws.tableName;
  const { dynamoDb } = clients;
  const items: Record<string, AttributeValue>[] = [];
  let scannedUnits = 0;
  let from: Record<string, AttributeValue> | undefined;
  do {
    const input = { TableName, ReturnConsumedCapacity: 'TOTAL' as const };
    const page = await dynamoDb.send(
      new ScanCommand({ ...input, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
    );
    items.push(...(page.Items ?? []));
    scannedUnits += page.ConsumedCapacity?.CapacityUnits ?? 0;
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  const entries = items.flatMap((item) =>
    jobTableKeys.GlobalSecondaryIndexes.flatMap(({ KeySchema }) => {
      const keys = new Set(['id', ...KeySchema.map(({ AttributeName }) => AttributeName)]);
      const entry = Object.fromEntries(Object.entries(item).filter(([name]) => keys.has(name)));
      return Object.keys(entry).length === keys.size ? [entry] : [];
    }),
  );
  const sum = (all: readonly Record<string, AttributeValue>[]) =>
    all.reduce((bytes, one) => bytes + itemSize(one) + addedBytes, 0);
  return { stored: { items: items.length, itemBytes: sum(items), indexBytes: sum(entries) }, scannedUnits };
}
/** DynamoDB stores so much more of each item, and of each entry of an index: docs/developerguide, as above. */
const addedBytes = 100;
