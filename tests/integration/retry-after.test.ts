import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { processArrival } from '../../shared/admission/process-arrival.ts';
import { sqsJobQueue } from '../../shared/aws/queues/job-queue.ts';
import { eventBridgeSchedules } from '../../shared/aws/queues/one-time-schedules.ts';
import { sqsPointerQueue } from '../../shared/aws/queues/pointer-queue.ts';
import { dynamoDbJobStoreWithMessages } from '../../shared/aws/records/job-store.ts';
import { RetryAfterError } from '../../shared/domain/base/errors.ts';
import { processDelivery } from '../../shared/worker/attempt/process-delivery.ts';
import { FixedClock } from '../../testkit/fakes/fixed.ts';
import { type LocalAws, startLocalAws } from '../local-aws.ts';
import { anAdmission } from '../set-ups/admission.ts';
import { handlers } from '../set-ups/handlers.ts';
import { aDelivery, aMessage, anId } from '../set-ups/samples.ts';
import { anInvocation, aWorker } from '../set-ups/worker.ts';
import { eventually } from './eventually.ts';
import { arnOf, roleArn, schedulerAt, takeFrom } from './local-schedules.ts';

const hourMs = 3_600_000;
const clock = new FixedClock();

let aws: LocalAws;
let client: SchedulerClient;
beforeAll(async () => {
  aws = await startLocalAws({ schedules: { clock, random: { fraction: () => 0.5 } } });
  client = schedulerAt(aws.schedulerEndpoint);
});
afterAll(async () => {
  client.destroy();
  await aws.stop();
});

const taken = (name: 'long' | 'waiting') =>
  eventually(async () => {
    const messages = await takeFrom(aws.sqs, aws.queueUrl(name));
    return messages.length > 0 ? messages : undefined;
  }, `a message in ${name}`);

/** The use cases of a worker and of admission, on the emulators. Its handler throws these errors, one in each attempt. */
function aStage(errors: readonly Error[]) {
  const queueOf = (name: 'long' | 'waiting') => sqsJobQueue(aws.sqs, { queueUrl: aws.queueUrl(name) });
  const left = [...errors];
  const counting: typeof handlers.counting = async ({ seconds }) => {
    const error = left.shift();
    if (error) throw error;
    return { seconds };
  };
  const base = aWorker().deps;
  const common = {
    clock,
    store: dynamoDbJobStoreWithMessages(aws.dynamoDb, aws.env, base),
    waiting: queueOf('waiting'),
    pointers: sqsPointerQueue(aws.sqs, aws.env),
  };
  const worker = {
    ...base,
    ...common,
    queue: queueOf('long'),
    handlers: { ...handlers, counting },
  };
  const { deps } = anAdmission();
  const admission = {
    ...deps,
    ...common,
    queue: queueOf('waiting'),
    runQueues: { ...deps.runQueues, long: queueOf('long') },
    schedules: eventBridgeSchedules(client, {
      groupName: 'schedules',
      roleArn,
      targetArn: arnOf('waiting'),
      deadLetterArn: arnOf('dead-letter'),
    }),
  };
  return {
    item: (id: string) => common.store.read(id),
    work: (body: string) => processDelivery(aDelivery({ body }), anInvocation(clock), worker),
    /** Has admission process what the waiting queue has. */
    admit: async () => {
      for (const { body } of await taken('waiting')) await processArrival(aDelivery({ body }), admission);
    },
    queued: async () => (await taken('long')).at(0)?.body ?? '',
  };
}

const submitted = (id: string) =>
  JSON.stringify(aMessage({ id, submittedAt: clock.now(), options: { maxAttempts: 1 } }));

test('a job that is to be tried in three hours waits in no queue, and its schedule brings it back to the same attempt', async () => {
  const id = anId(1);
  const stage = aStage([new RetryAfterError(3 * 3600, '429')]);
  const start = clock.now();
  expect(await stage.work(submitted(id))).toMatchObject({ kind: 'delete' });
  const notBefore = start + 3 * hourMs;
  expect(await stage.item(id)).toMatchObject({ status: 'waiting', attempt: 0, notBefore });
  await stage.admit();
  await clock.advance(3 * hourMs);
  await stage.admit();
  expect(await stage.work(await stage.queued())).toMatchObject({
    kind: 'delete',
    why: 'the job is succeeded',
  });
  const { status, attempt, history = [] } = (await stage.item(id)) ?? {};
  expect({ status, attempt, events: history.map(({ event }) => event) }).toEqual({
    status: 'succeeded',
    attempt: 1,
    events: ['started', 'put-off', 'started', 'succeeded'],
  });
  expect(await takeFrom(aws.sqs, aws.queueUrl('waiting'))).toEqual([]);
});

test('a job that would wait for more than seven days in all fails, and says so', async () => {
  const id = anId(2);
  const day = 24 * 3600;
  const stage = aStage([new RetryAfterError(6 * day), new RetryAfterError(2 * day, '429')]);
  await stage.work(submitted(id));
  await stage.admit();
  await clock.advance(6 * 24 * hourMs);
  await stage.admit();
  expect(await stage.work(await stage.queued())).toMatchObject({ kind: 'delete', why: 'the job is failed' });
  expect(await stage.item(id)).toMatchObject({
    status: 'failed',
    attempt: 1,
    waitedMs: 6 * 24 * hourMs,
    error: {
      name: 'RetryAfterError',
      message: '429: with that wait, the run would have waited for more than 7 days',
    },
  });
});
