import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemRandom } from '../../shared/aws/clients/clients.ts';
import { dynamoDbJobSample } from '../../shared/aws/records/job-sample.ts';
import { dynamoDbDependencies, dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../shared/domain/state/job/message.ts';
import type { DependencyReader, JobStore } from '../../shared/domain/state/ports.ts';
import type { Condition, Test } from '../../shared/domain/state/writes/condition.ts';
import { eraseWrite, retryWrite } from '../../shared/domain/state/writes/control-writes.ts';
import {
  claimWrite,
  failLateWrite,
  failUnclaimedWrite,
  saveMessageWrite,
  submitWrite,
} from '../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { inMemoryDependencies } from '../../testkit/fakes/in-memory-dependencies.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import type { LocalAws } from '../local-aws.ts';
import { aMessage, by, itsListKey, leaseMs, retentionMs } from '../set-ups/samples.ts';
import { absent, base, created, newId, write } from './item-writes.ts';
import { newLocalAws } from './shared-services.ts';

/** The writes of jobs that have to start by a time, of failed jobs, and of erased ones. */
function describeJobLife(storeOf: () => JobStore): void {
  const startBefore = t0 + 1_000;
  const end = { now: startBefore, retentionMs, error: { name: 'SomeError', message: 'no' } };
  const newMessage = (over = {}) =>
    aMessage({ id: newId(), options: { maxAttempts: 3, startBefore, tags: ['one', 'zwei 🎈'] }, ...over });
  const claimAt = (message: ReturnType<typeof newMessage>, now: number) =>
    storeOf().write(claimWrite(message, { now, claimId: 'this claim', leaseMs }));
  const stored = (item: JobItem | undefined): JobItem => {
    if (!item) throw new Error('a write was refused');
    return item;
  };

  describe('with a job that has to start by a time', () => {
    test.each([true, false])(
      'claims it in time, and again at any time (with an item: %s)',
      async (hasItem) => {
        const message = newMessage();
        if (hasItem) stored(await storeOf().write(submitWrite(message)));
        const claimed = await claimAt(message, startBefore - 1);
        expect(claimed).toMatchObject({
          status: 'running',
          mayStartLate: true,
          startBefore,
          tags: ['one', 'zwei 🎈'],
        });
        expect(await claimAt(message, startBefore + leaseMs)).toMatchObject({
          attempt: 2,
          mayStartLate: true,
        });
        expect(
          await storeOf().write(failLateWrite(message, { ...end, item: stored(claimed) })),
        ).toBeUndefined();
      },
    );

    test.each([true, false])(
      'does not claim it late, and fails it then (with an item: %s)',
      async (hasItem) => {
        const message = newMessage();
        const item = hasItem ? stored(await storeOf().write(submitWrite(message))) : undefined;
        expect(await claimAt(message, startBefore)).toBeUndefined();
        const failed = await storeOf().write(failLateWrite(message, { ...end, item }));
        expect(failed).toMatchObject({
          status: 'failed',
          startBefore,
          failedKey: itsListKey,
          message: writeMessage(message),
        });
        expect(await storeOf().read(message.id)).toEqual(failed);
        expect(await storeOf().write(failLateWrite(message, { ...end, item }))).toBeUndefined();
        const retried = stored(await storeOf().write(retryWrite(stored(failed), startBefore, by)));
        expect(retried).toMatchObject({ status: 'queued', run: 2, mayStartLate: true });
        expect(retried).not.toHaveProperty('failedKey');
        expect(await claimAt({ ...message, run: 2 }, startBefore + 1)).toMatchObject({ status: 'running' });
      },
    );
  });

  test('leaves a job where it is in the list, whichever of its messages is received', async () => {
    const message = newMessage();
    const { listKey, listPosition } = stored(await storeOf().write(submitWrite(message)));
    expect({ listKey, listPosition }).toEqual({
      listKey: itsListKey,
      listPosition: `${message.submittedAt}/${message.id}`,
    });
    const again = { ...message, submittedAt: t0, shard: 1 };
    expect(await claimAt(again, t0)).toMatchObject({ listKey, listPosition });
  });

  test('erases a job that has ended, once, and never changes it again', async () => {
    const message = newMessage();
    const failed = stored(await storeOf().write(failUnclaimedWrite(message, { ...end, item: undefined })));
    const erased = await storeOf().write(eraseWrite(failed, startBefore + 1, by));
    expect(erased).toEqual({
      id: message.id,
      version: 1,
      tenant: '',
      type: '',
      status: 'failed',
      run: 1,
      fingerprint: 'erased',
      fencingToken: message.submittedAt,
      attempt: 0,
      maxAttempts: 3,
      history: [],
      erased: true,
      erasedBy: by,
      createdAt: message.submittedAt,
      updatedAt: startBefore + 1,
      finishedAt: startBefore,
      expiresAt: failed.expiresAt,
    });
    const late = [
      eraseWrite(failed, startBefore + 2, by),
      retryWrite(failed, startBefore + 2, by),
      claimWrite(message, { now: t0, claimId: 'this claim', leaseMs }),
      saveMessageWrite(message, t0),
      submitWrite(message),
    ];
    for (const write of late) expect(await storeOf().write(write)).toBeUndefined();
    expect(await storeOf().read(message.id)).toEqual(erased);
  });

  test('does not erase a job that has not ended, or has changed since it was read', async () => {
    const message = newMessage();
    const queued = stored(await storeOf().write(submitWrite(message)));
    expect(await storeOf().write(eraseWrite(queued, t0, by))).toBeUndefined();
    const failed = stored(await storeOf().write(failUnclaimedWrite(message, { ...end, item: queued })));
    expect(await storeOf().write(eraseWrite({ ...failed, updatedAt: 1 }, t0, by))).toBeUndefined();
    expect(await storeOf().read(message.id)).toEqual(failed);
  });
}

/** Which conditions allow a write. */
function describeConditions(storeOf: () => JobStore): void {
  const dependents = new Set(['a', 'b']);
  const tests: readonly [string, Test, Partial<JobItem>, boolean][] = [
    ['absent holds for an absent attribute', { attribute: 'claimId', absent: true }, {}, true],
    ['absent fails for a present attribute', { attribute: 'claimId', absent: true }, { claimId: 'c' }, false],
    ['equals holds for the same text', { attribute: 'claimId', equals: 'c' }, { claimId: 'c' }, true],
    ['equals fails for another text', { attribute: 'claimId', equals: 'c' }, { claimId: 'd' }, false],
    ['equals fails for an absent attribute', { attribute: 'claimId', equals: 'c' }, {}, false],
    ['equals holds for the same number', { attribute: 'fencingToken', equals: 4 }, { fencingToken: 4 }, true],
    [
      'equals holds for true',
      { attribute: 'cancelRequested', equals: true },
      { cancelRequested: true },
      true,
    ],
    ['atMost holds for a smaller number', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 4 }, true],
    ['atMost holds for the same number', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 5 }, true],
    ['atMost fails for a larger number', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 6 }, false],
    ['atMost compares numbers, not texts', { attribute: 'leaseUntil', atMost: 10 }, { leaseUntil: 9 }, true],
    ['atMost fails for an absent attribute', { attribute: 'leaseUntil', atMost: 5 }, {}, false],
    ['absentOrAtMost holds for an absent attribute', { attribute: 'notBefore', absentOrAtMost: 5 }, {}, true],
    [
      'absentOrAtMost holds for the same number',
      { attribute: 'notBefore', absentOrAtMost: 5 },
      { notBefore: 5 },
      true,
    ],
    [
      'absentOrAtMost fails for a larger number',
      { attribute: 'notBefore', absentOrAtMost: 5 },
      { notBefore: 6 },
      false,
    ],
    [
      'absentOrSmallerThan holds for an absent set',
      { attribute: 'dependents', absentOrSmallerThan: 3 },
      {},
      true,
    ],
    [
      'absentOrSmallerThan holds for a smaller set',
      { attribute: 'dependents', absentOrSmallerThan: 3 },
      { dependents },
      true,
    ],
    [
      'absentOrSmallerThan fails for a set of the same size',
      { attribute: 'dependents', absentOrSmallerThan: 2 },
      { dependents },
      false,
    ],
    [
      'absentOrSmallerThan fails for a larger set',
      { attribute: 'dependents', absentOrSmallerThan: 1 },
      { dependents },
      false,
    ],
    [
      'below holds for a smaller number',
      { attribute: 'attempt', below: 'maxAttempts' },
      { attempt: 2 },
      true,
    ],
    [
      'below fails for the same number',
      { attribute: 'attempt', below: 'maxAttempts' },
      { attempt: 3 },
      false,
    ],
    [
      'notBelow holds for the same number',
      { attribute: 'attempt', notBelow: 'maxAttempts' },
      { attempt: 3 },
      true,
    ],
    [
      'notBelow fails for a smaller number',
      { attribute: 'attempt', notBelow: 'maxAttempts' },
      { attempt: 2 },
      false,
    ],
    [
      'notBelow fails for an absent attribute',
      { attribute: 'leaseUntil', notBelow: 'maxAttempts' },
      {},
      false,
    ],
  ];
  test.each(tests)('writes only if the condition holds: %s', async (_case, condition, set, expected) => {
    const id = await created(storeOf(), set);
    const after = await storeOf().write(write(id, { condition: [[condition]], set: { tenant: 'changed' } }));
    expect(after !== undefined).toBe(expected);
    expect((await storeOf().read(id))?.tenant).toBe(expected ? 'changed' : base.tenant);
  });

  test('writes if all tests of one alternative of the condition hold', async () => {
    const yes: Test = { attribute: 'run', equals: 1 };
    const no: Test = { attribute: 'run', equals: 2 };
    const id = await created(storeOf());
    const attempt = async (condition: Condition) =>
      (await storeOf().write(write(id, { condition, set: { updatedAt: 5 } }))) !== undefined;
    expect(await attempt([[no], [yes, yes]])).toBe(true);
    expect(await attempt([[yes, no], [no]])).toBe(false);
  });

  test('does not create an item if the condition requires an attribute', async () => {
    const id = newId();
    expect(await storeOf().write(write(id, { set: base }))).toBeUndefined();
    expect(await storeOf().read(id)).toBeUndefined();
  });
}

interface Reading {
  readonly dependencies: DependencyReader;
  readonly store: JobStore;
}

/** What reads of dependencies are, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeDependencies(name: string, readingOf: () => Reading): void {
  describe(`${name} as DependencyReader`, () => {
    test('finds a job, in a unit for every 4 KB', async () => {
      const { dependencies, store } = readingOf();
      const small = await created(store);
      const large = await created(store, { result: 'r'.repeat(10_000) });
      expect(await dependencies.read(small)).toEqual({ job: await store.read(small), units: 1 });
      expect(await dependencies.read(large)).toEqual({ job: await store.read(large), units: 3 });
    });

    test('finds no job, in a unit', async () => {
      expect(await readingOf().dependencies.read(newId())).toEqual({ job: undefined, units: 1 });
    });
  });
}

/** What every `JobStore` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
function describeJobStore(name: string, storeOf: () => JobStore): void {
  describe(`${name} as a JobStore`, () => {
    test('reads undefined if the item does not exist', async () => {
      expect(await storeOf().read(newId())).toBeUndefined();
    });

    test('creates an item once, and returns it', async () => {
      const id = newId();
      const creation = write(id, { condition: absent, set: base });
      expect(await storeOf().write(creation)).toEqual({ ...base, id });
      expect(await storeOf().write({ ...creation, set: { ...base, tenant: 'another' } })).toBeUndefined();
      expect(await storeOf().read(id)).toEqual({ ...base, id });
    });

    test('stores and reads every attribute unchanged', async () => {
      const full: Required<Omit<JobItem, Exclude<keyof typeof base | 'id', 'history'>>> = {
        claimId: 'c',
        counted: true,
        countedInGroup: true,
        countedWaits: true,
        leaseUntil: 1_790_000_000_123,
        seenAt: 1_790_000_000_124,
        inCompany: true,
        turn: { of: 'stripe', at: 1_790_000_002_000, until: 1_790_000_000_500 },
        awaitsPlace: { of: '17', running: 5, room: 'r', since: 1_790_000_000_400, at: 1_790_000_000_500 },
        interruptions: 3,
        waitedMs: 60_000,
        noHandler: { since: t0, until: t0 + 5 },
        paused: { by: 'type:send', since: t0, at: t0 + 6 },
        postponedUntil: 5,
        stamp: 4,
        left: 3,
        debounced: { submissions: 3, latestAt: t0 + 7 },
        notBefore: 5,
        cancelRequested: true,
        canceledBy: 'key/4fTq0sJx2LmN',
        retriedBy: 'subject:ü',
        progress: { percent: 12.5, message: null },
        logTail: '{"level":"info"}\n{"level":"warn"}',
        usedMbMs: 9_000_000_000_000_001,
        usedServerMbMs: 1,
        result: '{"a":"","b":[null,0.1,1e300],"ü":"\\u0000 🎈"}',
        resultObject: { name: 'results/a/b', bytes: 5_000_000_000, contentType: 'text/csv' },
        error: { name: 'Error', message: '' },
        history: [
          { event: 'started', at: 1 },
          { event: 'failed', at: 2, attempt: 1, error: 'no' },
        ],
        checkpoint: '{"passed":1}',
        steps: '{"blocks":[],"records":[]}',
        signals: '{"answers":[],"closed":[]}',
        output: {
          contentType: 'text/csv',
          upload: { name: 'results/a/b', uploadId: 'u' },
          parts: [1, 17],
          digest: 'd',
          bytes: 16_777_217,
          tail: 'states/a/b',
        },
        slices: 4,
        group: 'g 🎈',
        dependsOn: [newId(), newId()],
        runAt: 1_790_000_000_123,
        startBefore: 1_790_000_000_124,
        mayStartLate: true,
        tags: ['a', 'ü 🎈'],
        traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
        notify: [{ url: 'https://a.example/?b=c' }, { email: 'a@b.example' }, { event: true }],
        notification: '[null,{"status":"pending","attempts":1}]',
        listKey: 'k.0',
        listPosition: '1790000000123/id',
        failedKey: 'k.1',
        groupKey: 'k/g',
        dueKey: '7',
        lookAt: 1_790_000_000_125,
        erased: true,
        erasedBy: 'key:b',
        dependents: new Set([newId(), newId()]),
        admittedBy: 'a message',
        receiptHandle: 'a handle',
        parent: { id: newId(), batch: newId(), index: 99_999, shard: 999, depth: 8 },
        batches: new Set([newId(), newId()]),
        awaits: { until: 1_790_000_000_126, batches: [newId()], isTimed: true },
        message: 'm'.repeat(300_000),
        messageObject: 'messages/a/b',
        keptMessage: '{}',
        startedAt: 1,
        finishedAt: 2,
        expiresAt: 3,
      };
      const id = await created(storeOf(), full);
      expect(await storeOf().read(id)).toEqual({ ...base, ...full, id });
    });

    test('sets, sets once, increments, appends and removes attributes in one write', async () => {
      const id = await created(storeOf(), { notBefore: 9, claimId: 'old' });
      const parts = {
        set: { status: 'running', updatedAt: 2_000 },
        increment: { fencingToken: 7_000, attempt: 0 },
        remove: ['notBefore', 'claimId', 'result'],
      } as const;
      await storeOf().write(
        write(id, { ...parts, setOnce: { startedAt: 2_000 }, append: [{ event: 'started', at: 2_000 }] }),
      );
      const after = await storeOf().write(
        write(id, { ...parts, setOnce: { startedAt: 3_000 }, append: [{ event: 'started', at: 3_000 }] }),
      );
      expect(after).toEqual({
        ...base,
        id,
        status: 'running',
        updatedAt: 2_000,
        startedAt: 2_000,
        fencingToken: 2,
        attempt: 2,
        history: [
          { event: 'started', at: 2_000 },
          { event: 'started', at: 3_000 },
        ],
      });
      expect(await storeOf().read(id)).toEqual(after);
    });

    test('increments and appends to absent attributes if the write creates the item', async () => {
      const { fencingToken, attempt, history, ...rest } = base;
      const after = await storeOf().write(
        write(newId(), {
          condition: absent,
          set: rest,
          increment: { fencingToken: 7_000, attempt: 0 },
          append: [{ event: 'started', at: 7 }],
        }),
      );
      expect(after).toMatchObject({
        fencingToken: 7_001,
        attempt: 1,
        history: [{ event: 'started', at: 7 }],
      });
    });

    test('sets an attribute of setOnce only if it is absent', async () => {
      const { fencingToken, attempt, history, ...rest } = base;
      const id = newId();
      const once = { fencingToken: 0, attempt: 0, history: [] };
      const after = await storeOf().write(write(id, { condition: absent, set: rest, setOnce: once }));
      expect(after).toEqual({ ...base, id });
      const claimed = await storeOf().write(
        write(id, { increment: { fencingToken: 7_000 }, append: [{ event: 'started', at: 7 }] }),
      );
      expect(await storeOf().write(write(id, { set: { updatedAt: 5 }, setOnce: once }))).toEqual({
        ...claimed,
        updatedAt: 5,
      });
      expect(claimed).toMatchObject({ fencingToken: 1, history: [{ event: 'started', at: 7 }] });
    });

    test('includes each member once in a set, and creates the set with its first member', async () => {
      const id = await created(storeOf());
      const include = (dependents: string) => storeOf().write(write(id, { include: { dependents } }));
      const [one, two] = [newId(), newId()];
      expect(await include(one)).toEqual({ ...base, id, dependents: new Set([one]) });
      expect(await include(two)).toEqual({ ...base, id, dependents: new Set([one, two]) });
      expect(await include(one)).toEqual({ ...base, id, dependents: new Set([one, two]) });
      expect(await storeOf().read(id)).toEqual({ ...base, id, dependents: new Set([one, two]) });
    });

    test('includes, sets, increments and removes in one write, and leaves the set unchanged in other writes', async () => {
      const [one, two] = [newId(), newId()];
      const id = await created(storeOf(), { claimId: 'old', dependents: new Set([one]) });
      const after = await storeOf().write(
        write(id, {
          set: { updatedAt: 2_000 },
          increment: { fencingToken: 7_000 },
          include: { dependents: two },
          remove: ['claimId'],
        }),
      );
      const expected = { ...base, id, updatedAt: 2_000, fencingToken: 1, dependents: new Set([one, two]) };
      expect(after).toEqual(expected);
      expect(await storeOf().write(write(id, { set: { run: 2 } }))).toEqual({ ...expected, run: 2 });
    });

    test('includes all members that concurrent writes add to a set, up to its maximum size', async () => {
      const id = await created(storeOf());
      const include = () =>
        storeOf().write(
          write(id, {
            condition: [[{ attribute: 'dependents', absentOrSmallerThan: 5 }]],
            include: { dependents: newId() },
          }),
        );
      const results = await Promise.all(Array.from({ length: 10 }, include));
      expect(results.filter((item) => item !== undefined)).toHaveLength(5);
      expect((await storeOf().read(id))?.dependents?.size).toBe(5);
    });

    describeConditions(storeOf);
    describeJobLife(storeOf);

    test('makes exactly one of several concurrent writes that exclude each other', async () => {
      const id = await created(storeOf());
      const claim = write(id, {
        condition: [[{ attribute: 'status', equals: 'queued' }]],
        set: { status: 'running' },
        increment: { fencingToken: 7_000 },
      });
      const results = await Promise.all(Array.from({ length: 10 }, () => storeOf().write(claim)));
      expect(results.filter((item) => item !== undefined)).toHaveLength(1);
      expect((await storeOf().read(id))?.fencingToken).toBe(1);
    });
  });
}

const fake = new InMemoryJobStore();

let aws: LocalAws;
let store: JobStore;

describe('job store', () => {
  describeJobStore('InMemoryJobStore', () => fake);
  describeDependencies('the fake', () => ({ dependencies: inMemoryDependencies(fake), store: fake }));
  beforeAll(async () => {
    aws = await newLocalAws();
    store = dynamoDbJobStore(aws.dynamoDb, aws.env);
  });
  afterAll(() => aws.stop());
  describeJobStore('dynamoDbJobStore', () => store);
  describeDependencies('dynamoDbDependencies', () => ({
    dependencies: dynamoDbDependencies(aws.dynamoDb, aws.env),
    store,
  }));

  test('dependencies in a table that does not answer are unavailable', async () => {
    const nowhere = dynamoDbDependencies(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' });
    await expect(nowhere.read(newId())).rejects.toThrow(StoreUnavailableError);
  });

  // The emulator has no other reads than consistent ones, so only the request can show it.
  test('dynamoDbJobStore asks for consistent reads', async () => {
    const requests: unknown[] = [];
    aws.dynamoDb.middlewareStack.add(
      (next) => (args) => {
        requests.push(args.input);
        return next(args);
      },
      { step: 'initialize', name: 'recordRequests' },
    );
    await store.read(randomUUID());
    aws.dynamoDb.middlewareStack.remove('recordRequests');
    expect(requests).toMatchObject([{ ConsistentRead: true }]);
  });

  test('dynamoDbJobSample reads all jobs of a small table, and 16 segments of a large one', async () => {
    const error = { name: 'TimeoutError', message: 'a secret' };
    const ids = await Promise.all(
      Array.from({ length: 60 }, () => created(store, { status: 'failed', error })),
    );
    // What is left of an erased job.
    const erased = await created(store, { tenant: '', erased: true });
    const sample = dynamoDbJobSample(aws.dynamoDb, aws.env, systemRandom);
    const { jobs, share, units } = await sample();
    const sampled = new Set(jobs.map(({ id }) => id));
    expect([ids.every((id) => sampled.has(id)), sampled.has(erased), share]).toEqual([true, false, 1]);
    expect(units).toBeGreaterThan(0);
    expect(jobs.find(({ id }) => id === ids[0])).toMatchObject({
      status: 'failed',
      errorName: 'TimeoutError',
    });
    expect(JSON.stringify(jobs)).not.toContain('secret');

    const segments: unknown[] = [];
    let tableBytes = 20 * 1024 * 1024;
    aws.dynamoDb.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'ScanCommand') segments.push(args.input);
          const result = await next(args);
          if ('Table' in result.output && result.output.Table)
            result.output.Table.TableSizeBytes = tableBytes;
          return result;
        },
      { step: 'initialize', name: 'ofLargeTable' },
    );
    const some = await sample();
    // 524 GB would be more segments than DynamoDB has: each has more than a page then, and a page is all that is read of it.
    tableBytes = 2 ** 40;
    const ofHuge = await sample().finally(() => aws.dynamoDb.middlewareStack.remove('ofLargeTable'));
    expect(ofHuge.share).toBe(16 / 2 ** 20);
    expect(segments.splice(16)).toMatchObject(Array(16).fill({ TotalSegments: 1_000_000 }));
    expect(some.share).toBe(0.4);
    expect(some.jobs.length).toBeLessThan(jobs.length);
    expect(segments).toMatchObject(Array(16).fill({ TotalSegments: 40 }));
    expect(new Set(segments.map((each) => JSON.stringify(each))).size).toBe(16);
  });
});
