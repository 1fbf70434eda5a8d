import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { measured } from '../../scripts/cost/measured.ts';
import { systemRandom } from '../../shared/aws/clients/clients.ts';
import { dynamoDbJobList } from '../../shared/aws/records/job-list.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { PermanentError, RetryAfterError } from '../../shared/domain/base/errors.ts';
import { batchesIn } from '../../shared/domain/children/batches.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../shared/domain/state/job/message.ts';
import { debouncesIn } from '../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import type { JobList, JobStore, MessageKeepingStore } from '../../shared/domain/state/ports.ts';
import { cancelJob } from '../../shared/operations/act/cancel-job.ts';
import { eraseJob } from '../../shared/operations/act/erase-job.ts';
import { retryJob } from '../../shared/operations/act/retry-job.ts';
import { listJobs } from '../../shared/operations/find/list-jobs.ts';
import type { SubmitDependencies } from '../../shared/operations/submit/submission.ts';
import { submitJob } from '../../shared/operations/submit/submit-job.ts';
import { processDelivery } from '../../shared/worker/attempt/process-delivery.ts';
import { processJobs } from '../../shared/worker/attempt/process-jobs.ts';
import { RecentRoots } from '../../shared/worker/children/recent-roots.ts';
import { fixedRandom } from '../../testkit/fakes/fixed.ts';
import { InMemoryMultipartUploads } from '../../testkit/fakes/in-memory-objects.ts';
import { everyQueue, InMemoryJobQueue, InMemoryPointerQueue } from '../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { suspending } from '../../testkit/fakes/suspending.ts';
import { contracts } from '../job-types/contracts.ts';
import type { LocalAws } from '../local-aws.ts';
import { record } from '../set-ups/deliveries.ts';
import { handlers } from '../set-ups/handlers.ts';
import { aDelivery, aMessage, by, stageSetup, uploadRules } from '../set-ups/samples.ts';
import { aSubmission } from '../set-ups/submitter.ts';
import { anInvocation, aWorker, lambdaContext, throwing } from '../set-ups/worker.ts';
import { newLocalAws } from './shared-services.ts';

/**
 * What a job's life writes to the table and to its indexes. The emulator counts no writes to indexes. So they are
 * counted as DynamoDB makes them: one if an item gets or loses the keys of an index, two if they change, and none if
 * they stay, since nothing but keys is projected.
 */
const writesBetween = (before: string | undefined, after: string | undefined): number => {
  if (before === after) return 0;
  return before === undefined || after === undefined ? 1 : 2;
};

const indexes = [
  ['listKey', 'listPosition'],
  ['failedKey', 'listPosition'],
  ['dueKey', 'lookAt'],
  ['groupKey', 'id'],
] as const;
const keysOf = (item: JobItem | undefined) =>
  indexes.map(([key, sortedBy]) =>
    item?.[key] === undefined || item[sortedBy] === undefined ? undefined : `${item[key]} ${item[sortedBy]}`,
  );

let aws: LocalAws;
let table: JobStore;
let list: JobList;
beforeAll(async () => {
  aws = await newLocalAws();
  table = dynamoDbJobStore(aws.dynamoDb, aws.env);
  list = dynamoDbJobList(aws.dynamoDb, aws.env);
});
afterAll(() => aws.stop());

/** Every write, with how many writes to indexes it makes. */
let writes: string[];
beforeEach(() => {
  writes = [];
});
const store: MessageKeepingStore = {
  keepsMessages: true,
  read: (id) => table.read(id),
  async write(write) {
    const before = keysOf(await table.read(write.id));
    const item = await table.write(write);
    const indexWrites = keysOf(item).map((after, index) => writesBetween(before[index], after));
    writes.push(`${write.transition}: ${item ? indexWrites.reduce((one, other) => one + other) : 'refused'}`);
    return item;
  },
};

const queue = new InMemoryJobQueue();
const pointers = new InMemoryPointerQueue();
const queues = everyQueue(() => queue);
const random = fixedRandom();
const { deps, clock } = aWorker();
const { objects } = deps;
const multipart = new InMemoryMultipartUploads(new Map());
const { notifications, family, batches } = deps;
const ports = {
  ...suspending(),
  store,
  family,
  batches,
  queues,
  pointers,
  notifications,
  objects,
  multipart,
};
const common = { ...ports, contracts, clock, log: deps.log };
const tenant = 'a tenant';

const submit = async (
  write: MessageKeepingStore['write'] = store.write,
  more: Pick<SubmitDependencies, 'door'> = {},
  group?: string,
): Promise<string> => {
  const submission = { ...aSubmission, tenant, payload: { seconds: 0 }, group };
  const { job } = await submitJob(submission, {
    ...common,
    store: { ...store, write },
    random,
    jobIdSecret: 'a secret',
    uploads: uploadRules,
    setup: stageSetup,
    listShards: 4,
    firstTries: firstTriesIn(new InMemoryRecords()),
    debounces: debouncesIn(new InMemoryRecords()),
    pointers: new InMemoryPointerQueue(),
    ...more,
  });
  return job.id;
};
const lastMessage = (): JobMessage => {
  const sent = queue.sent.at(-1);
  if (!sent) throw new TypeError('no message was sent');
  return sent.message;
};
/** Has a worker process the message that was sent last; of a job that waits, the copy that admission makes from its item. */
const work = async (error?: Error) => {
  const message = lastMessage();
  const { left } = (await table.read(message.id)) ?? {};
  return processDelivery(aDelivery({ body: writeMessage({ ...message, left }) }), anInvocation(clock), {
    ...deps,
    store,
    handlers: error ? { ...handlers, counting: throwing(error) } : handlers,
  });
};
const failedIds = async (): Promise<readonly string[]> => {
  const request = { tenant, filter: { status: 'failed' as const }, limit: 100 };
  const { jobs } = await listJobs(request, { list, listShards: 4 });
  return jobs.map(({ id }) => id);
};

test('a job that succeeds is written three times, and once to an index', async () => {
  await submit();
  await work();
  expect(writes).toEqual([`submit: ${measured.indexWrites}`, 'claim: 0', 'succeed: 0']);
});

test('a job whose worker was faster than submit is written to an index by the worker, and by nobody else', async () => {
  await submit(async (write) => {
    await work();
    return store.write(write);
  });
  expect(writes).toEqual(['claim: 1', 'succeed: 0', 'submit: refused']);
});

test('a job that is counted until it ends is written to an index once more, and once more at its end', async () => {
  const door = { enter: async () => {}, counts: async () => ({ counted: true }) as const };
  await submit(store.write, { door });
  await work();
  expect(writes).toEqual(['submit: 2', 'claim: 0', 'succeed: 1']);
  writes = [];
  const id = await submit(store.write, { door });
  await work(new PermanentError('no'));
  expect(await failedIds()).toContain(id);
  await retryJob({ id, tenant, by }, common);
  await work();
  // It moves to another part of the same index.
  expect(writes).toEqual(['submit: 2', 'claim: 0', 'fail: 2', 'retry: 2', 'claim: 0', 'succeed: 1']);
  expect(await failedIds()).not.toContain(id);
});

test('a job that is counted in its group is written to one more index, and once more at its end', async () => {
  const counts = async () => ({ counted: true, countedInGroup: true }) as const;
  const door = { enter: async () => {}, counts };
  const id = await submit(store.write, { door }, 'a group');
  await work(new PermanentError('no'));
  await retryJob({ id, tenant, by }, common);
  await work();
  expect(writes).toEqual(['submit: 3', 'claim: 0', 'fail: 3', 'retry: 3', 'claim: 0', 'succeed: 2']);
  writes = [];
  await submit(
    store.write,
    { door: { ...door, counts: async () => ({ countedInGroup: true }) as const } },
    'a group',
  );
  await work();
  expect(writes).toEqual(['submit: 2', 'claim: 0', 'succeed: 1']);
});

test('a job whose waits are counted is written to an index twice when one begins later, and twice when it ends', async () => {
  const counts = async () => ({ counted: true, countedWaits: true }) as const;
  await submit(store.write, { door: { enter: async () => {}, counts } });
  await work(new RetryAfterError(3_600));
  await clock.advance(3_600_000);
  await work();
  // One more each for the index of what waits.
  expect(writes).toEqual(['submit: 2', 'claim: 0', 'leaveQueue: 3', 'claim: 3', 'succeed: 1']);
});

test('an attempt that is made again writes to no index', async () => {
  await submit();
  await work(new Error('no'));
  await clock.advance(60_000);
  await work();
  expect(writes).toEqual(['submit: 1', 'claim: 0', 'release: 0', 'claim: 0', 'succeed: 0']);
});

test('a job that fails is written to an index once more, and once more at its retry', async () => {
  const id = await submit();
  await work(new PermanentError('no'));
  expect(writes).toEqual(['submit: 1', 'claim: 0', 'fail: 1']);
  expect(await failedIds()).toContain(id);
  writes = [];
  await retryJob({ id, tenant, by }, common);
  await work();
  expect(writes).toEqual(['retry: 1', 'claim: 0', 'succeed: 0']);
  expect(await failedIds()).not.toContain(id);
});

test('a job that waits for hours is written to the index of what waits when that begins, and when it ends', async () => {
  await submit();
  await work(new RetryAfterError(3_600));
  await clock.advance(3_600_000);
  await work();
  expect(writes).toEqual(['submit: 1', 'claim: 0', 'leaveQueue: 1', 'claim: 1', 'succeed: 0']);
});

test('a cancel writes to no index', async () => {
  const id = await submit();
  await cancelJob({ id, tenant, by }, { ...deps, ...common, ordered: queue });
  expect(writes).toEqual(['submit: 1', 'cancel: 0']);
});

test('an erasure is a write to each index that the job is in', async () => {
  const id = await submit();
  await work();
  await eraseJob({ id, tenant, by }, common);
  expect(writes.at(-1)).toBe('erase: 1');
  const failed = await submit();
  await work(new PermanentError('no'));
  await eraseJob({ id: failed, tenant, by }, common);
  expect(writes.at(-1)).toBe('erase: 2');
  expect(await failedIds()).not.toContain(failed);
});

/** Every write to the table, in units as DynamoDB bills them: one for each KB that has begun. */
async function counted(act: () => Promise<unknown>) {
  const written = { calls: 0, units: 0, reads: 0 };
  aws.dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const isRead = commandName === 'GetItemCommand';
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
        const result = await next(args);
        const { ConsumedCapacity } = z.object({ ConsumedCapacity: consumed }).parse(result.output);
        if (isRead) written.reads += 1;
        else written.calls += 1;
        if (!isRead) written.units += ConsumedCapacity.CapacityUnits;
        return result;
      },
    { step: 'initialize', name: 'countWrites' },
  );
  await act().finally(() => aws.dynamoDb.middlewareStack.remove('countWrites'));
  return written;
}
const consumed = z.object({ CapacityUnits: z.number() });

const children = 200;
test.each([
  { type: 'csv-sums', batchSize: 10, calls: 2.2, units: 2.2, reads: 0.1 },
  { type: 'counting', batchSize: 1, calls: 3.1, units: 3.1, reads: 0.1 },
] as const)(
  'a child of the type $type, $batchSize an invocation, is written $calls times at most, with all that its parent writes for it',
  async ({ type, batchSize, ...most }) => {
    const { deps: fakes, clock: standing } = aWorker();
    const sent: JobMessage[] = [];
    const childQueue = { sendAll: async (messages: readonly JobMessage[]) => void sent.push(...messages) };
    const batches = batchesIn(dynamoDbRecords(aws.dynamoDb, aws.env));
    const stored = { keepsMessages: true as const, ...table };
    const worker = {
      ...{ ...fakes, batches, store: stored, childQueues: { standard: childQueue, long: childQueue } },
      // The ids of children are derived from what is random in their batch.
      random: systemRandom,
      handlers: { ...handlers, counting: async ({ seconds }: { seconds: number }) => ({ seconds }) },
      recentRoots: new RecentRoots({ batches, clock: standing }),
      family: new ParentNotifier({ ...fakes, store: stored, batches }),
    };
    let ends = 0;
    const parent = aMessage({
      ...{ id: systemRandom.uuid(), type: 'contact-sheet', version: 2, payload: { count: children, type } },
    });
    const invoke = async (messages: readonly JobMessage[]) => {
      const Records = messages.map((message, number) => record(number, { message }));
      const before = ends;
      const store = {
        ...stored,
        write: async (write: Parameters<typeof table.write>[0]) => {
          const after = await table.write(write);
          if (write.transition === 'succeed') ends += 1;
          return after;
        },
      };
      const running = processJobs({ Records }, lambdaContext(60_000), { ...worker, store });
      // Real jobs of one invocation end within moments. Here the clock stands until all have.
      while (ends < before + messages.length) await setTimeout(1);
      await setTimeout(20);
      await standing.advance(25);
      await running;
    };
    const written = await counted(async () => {
      await processJobs({ Records: [record(0, { message: parent })] }, lambdaContext(60_000), worker);
      const left = sent.splice(0);
      while (left.length > 0) await invoke(left.splice(0, batchSize));
    });
    expect(ends).toBe(children);
    const perChild = Object.fromEntries(Object.entries(written).map(([what, all]) => [what, all / children]));
    for (const what of ['calls', 'units', 'reads'] as const)
      expect({ what, isWithin: (perChild[what] ?? Infinity) <= most[what], perChild }).toMatchObject({
        isWithin: true,
      });
    // One by the parent, when it waits, and one by who has counted the last end.
    const pointer = { id: parent.id };
    expect(fakes.pointers).toMatchObject({ sent: [{ pointer }, { pointer }] });
  },
  60_000,
);
