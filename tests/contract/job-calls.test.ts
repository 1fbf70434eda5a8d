import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { PurgeQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { measured } from '../../scripts/cost/measured.ts';
import { systemRandom } from '../../shared/aws/clients.ts';
import { sqsJobQueue } from '../../shared/aws/job-queue.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { findJob } from '../../shared/operations/find-job.ts';
import { submitJob } from '../../shared/operations/submit-job.ts';
import { processJobs } from '../../shared/worker/process-jobs.ts';
import { InMemoryDebounces, InMemoryFirstTries } from '../../testkit/fakes/in-memory-first-tries.ts';
import { everyQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import type { LocalAws } from '../local-aws.ts';
import { record } from '../set-ups/batch.ts';
import { handlers } from '../set-ups/handlers.ts';
import { stageSetup, uploadRules } from '../set-ups/samples.ts';
import { aSubmission } from '../set-ups/submitter.ts';
import { aWorker, lambdaContext, throwing } from '../set-ups/worker.ts';
import { newLocalAws } from './shared-services.ts';

/**
 * The calls that `npm run cost` counts with are those that the adapters make here. The emulator bills units as DynamoDB
 * does, but for indexes: `job-index-writes.test.ts` counts those.
 */
let aws: LocalAws;
beforeAll(async () => {
  aws = await newLocalAws();
});
afterAll(() => aws.stop());

const consumed = z.object({ CapacityUnits: z.number() });

/** What is called while something is done. A round is begun by a call that is made while no other is under way. */
async function counted(act: () => Promise<unknown>) {
  const sums = {
    writes: 0,
    writeUnits: 0,
    reads: 0,
    readUnits: 0,
    sends: 0,
    visibilityChanges: 0,
    rounds: 0,
  };
  let underWay = 0;
  const timed = async <T>(call: Promise<T>): Promise<T> => {
    if (underWay === 0) sums.rounds += 1;
    underWay += 1;
    return call.finally(() => {
      underWay -= 1;
    });
  };
  aws.dynamoDb.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
        const result = await timed(next(args));
        const { ConsumedCapacity } = z.object({ ConsumedCapacity: consumed }).parse(result.output);
        const kind = commandName === 'GetItemCommand' ? 'read' : 'write';
        sums[`${kind}s`] += 1;
        sums[`${kind}Units`] += ConsumedCapacity.CapacityUnits;
        return result;
      },
    { step: 'initialize', name: 'countCalls' },
  );
  aws.sqs.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        sums[commandName === 'SendMessageCommand' ? 'sends' : 'visibilityChanges'] += 1;
        return timed(next(args));
      },
    { step: 'initialize', name: 'countCalls' },
  );
  await act().finally(() => {
    aws.dynamoDb.middlewareStack.remove('countCalls');
    aws.sqs.middlewareStack.remove('countCalls');
  });
  return Object.fromEntries(Object.entries(sums).filter(([, count]) => count > 0));
}

const { deps } = aWorker();
const ports = () => ({
  store: { ...dynamoDbJobStore(aws.dynamoDb, aws.env), keepsMessages: true as const },
  queue: sqsJobQueue(aws.sqs, { queueUrl: aws.queueUrl('standard') }),
});

/** @returns the id of the job */
async function submit(): Promise<string> {
  const { store, queue } = ports();
  const { job } = await submitJob(
    { ...aSubmission, tenant: 'acme', payload: { seconds: 0 } },
    {
      ...{ ...deps, ...suspending(), store, queues: everyQueue(() => queue), random: systemRandom },
      ...{ jobIdSecret: 'a secret', uploads: uploadRules, setup: stageSetup, listShards: 4 },
      ...{ firstTries: new InMemoryFirstTries(), debounces: new InMemoryDebounces() },
    },
  );
  return job.id;
}

/** Submits so many jobs, and receives them as Lambda does. */
async function received(count: number): Promise<SQSEvent> {
  await aws.sqs.send(new PurgeQueueCommand({ QueueUrl: aws.queueUrl('standard') }));
  for (let index = 0; index < count; index += 1) await submit();
  const records: SQSRecord[] = [];
  while (records.length < count) {
    const input = { QueueUrl: aws.queueUrl('standard'), MaxNumberOfMessages: 10 };
    const { Messages = [] } = await aws.sqs.send(new ReceiveMessageCommand(input));
    for (const { Body: body = '', ReceiptHandle: receiptHandle = '' } of Messages)
      records.push({ ...record(records.length), body, receiptHandle });
  }
  return { Records: records };
}

const run = (event: SQSEvent, handlersOfRun = handlers) =>
  processJobs(event, lambdaContext(60_000), { ...deps, ...ports(), handlers: handlersOfRun });
const atOnce = { ...handlers, counting: async ({ seconds }: { seconds: number }) => ({ seconds }) };

test('a submission is a send and a write', async () => {
  expect(await counted(submit)).toEqual(measured.submit);
});

test('a job that succeeds at once is two writes', async () => {
  const event = await received(1);
  expect(await counted(() => run(event, atOnce))).toEqual(measured.success);
});

test('so is each of ten in a batch', async () => {
  const event = await received(10);
  const { writes, writeUnits } = measured.success;
  const { rounds: _, ...calls } = await counted(() => run(event, atOnce));
  expect(calls).toEqual({ writes: 10 * writes, writeUnits: 10 * writeUnits });
});

test('an attempt that fails and is made again is two writes, and the message is made visible at another time', async () => {
  const event = await received(1);
  const failing = { ...handlers, counting: throwing(new Error('no')) };
  expect(await counted(() => run(event, failing))).toEqual(measured.furtherAttempt);
});

test('a look at a job is one read unit', async () => {
  const id = await submit();
  const { store } = ports();
  expect(await counted(() => findJob({ id, tenant: 'acme' }, { store }))).toEqual(measured.status);
});

test('a message has so many bytes beside its payload', async () => {
  const { Records } = await received(1);
  const payload = JSON.stringify({ seconds: 0 });
  const bytes = Records.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
  expect(bytes - payload.length).toBe(measured.envelopeBytes);
});

test('an SQS worker as Powertools documents it writes twice for each message', async () => {
  const persistenceStore = new DynamoDBPersistenceLayer({
    tableName: aws.accessTableName,
    awsSdkV3Client: aws.dynamoDb,
  });
  const config = new IdempotencyConfig({});
  config.registerLambdaContext(lambdaContext(60_000));
  const work = makeIdempotent(async ({ messageId }: SQSRecord) => messageId, { persistenceStore, config });
  const processor = new BatchProcessor(EventType.SQS);
  const run = () =>
    processPartialResponse(
      { Records: [record(1)] },
      async (one: SQSRecord) => void (await work(one)),
      processor,
      {
        context: lambdaContext(60_000),
      },
    );
  expect(await counted(run)).toEqual(measured.stock);
});
