import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { PurgeQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { measured } from '../../scripts/cost/measured.ts';
import { systemRandom } from '../../shared/aws/clients/clients.ts';
import { sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import type { SetLimits } from '../../shared/domain/access/limits.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { suspendedTenants } from '../../shared/domain/access/suspended-tenants.ts';
import { debouncesIn } from '../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import { pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { RecentPauses } from '../../shared/domain/state/limits/recent-pauses.ts';
import { runningChargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { TenantDoor } from '../../shared/operations/doors/tenant-door.ts';
import { findJob } from '../../shared/operations/find/find-job.ts';
import { submitJob } from '../../shared/operations/submit/submit-job.ts';
import { processJobs } from '../../shared/worker/attempt/process-jobs.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { everyQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import type { LocalAws } from '../local-aws.ts';
import { record } from '../set-ups/deliveries.ts';
import { handlers } from '../set-ups/handlers.ts';
import { Rounds } from '../set-ups/rounds.ts';
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

/** What is called while something is done. A round is what is called before any of it is answered. */
async function counted(act: () => Promise<unknown>) {
  const sums = {
    writes: 0,
    writeUnits: 0,
    reads: 0,
    readUnits: 0,
    sends: 0,
    visibilityChanges: 0,
  };
  const rounds = new Rounds();
  aws.dynamoDb.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
        const result = await rounds.call(() => next(args));
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
        return rounds.call(() => next(args));
      },
    { step: 'initialize', name: 'countCalls' },
  );
  await act().finally(() => {
    aws.dynamoDb.middlewareStack.remove('countCalls');
    aws.sqs.middlewareStack.remove('countCalls');
  });
  const found = Object.entries({ ...sums, rounds: rounds.count });
  return Object.fromEntries(found.filter(([, count]) => count > 0));
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
      ...{ jobIdSecret: 'a secret', uploads: uploadRules, setup: stageSetup, listShards: 1 },
      ...{ firstTries: firstTriesIn(new InMemoryRecords()), debounces: debouncesIn(new InMemoryRecords()) },
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

/** The writes of ten jobs, which wait for no more calls in a row than those of one. */
const { writes, writeUnits, rounds } = measured.success;
const often = { writes: 10 * writes, writeUnits: 10 * writeUnits, rounds };

test('so is each of ten in a batch', async () => {
  const event = await received(10);
  expect(await counted(() => run(event, atOnce))).toEqual(often);
});

/** What else a stage has that its worker asks: what is paused, and for how long the jobs of a tenant may run. */
function asking(stageLimits: SetLimits) {
  const { log } = deps;
  const clock = new FixedClock();
  const limits = suspendedTenants({ store: dynamoDbAccessStore(aws.dynamoDb, aws.env), clock, log });
  const door = new TenantDoor({
    limits,
    stageLimits,
    rates: ratesIn(dynamoDbRecords(aws.dynamoDb, aws.env)),
    clock,
  });
  const counting = async ({ seconds }: { seconds: number }) => {
    await clock.advance(10);
    return { seconds };
  };
  const own = {
    ...{ ...deps, ...ports(), clock, handlers: { ...handlers, counting } },
    pauses: new RecentPauses({ pauses: pausesIn(dynamoDbRecords(aws.dynamoDb, aws.env)), clock }),
    runningCharges: runningChargesBy({ door, log }),
  };
  const runNext = (event: SQSEvent) => processJobs(event, lambdaContext(60_000), own);
  return { clock, runNext };
}

test('a process that begins to work waits once for what is paused, and a busy one reads that beside its work', async () => {
  const { clock, runNext } = asking({});
  const first = await received(10);
  // The limits of tenants are read beside the writes that store the ends.
  expect(await counted(() => runNext(first))).toEqual({
    ...often,
    ...{ reads: 2, readUnits: 1.5, rounds: rounds + 1 },
  });
  const second = await received(10);
  expect(await counted(() => runNext(second))).toEqual(often);
  await clock.advance(2_500);
  const third = await received(10);
  expect(await counted(() => runNext(third))).toEqual({ ...often, reads: 1, readUnits: 1 });
});

test('the time that jobs run for is charged beside the writes that store their ends', async () => {
  const { runNext } = asking({ runningSecondsPerHour: 3_600 });
  const first = await received(10);
  await runNext(first);
  const second = await received(10);
  const charges = { writes: (3 * often.writes) / 2, writeUnits: (3 * often.writeUnits) / 2 };
  expect(await counted(() => runNext(second))).toEqual({ ...often, ...charges });
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
