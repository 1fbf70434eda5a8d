import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import { dueKeys } from '../../../../../../shared/domain/state/job/list-keys.ts';
import { type JobMessage, writeMessage } from '../../../../../../shared/domain/state/job/message.ts';
import {
  admitWrite,
  deferWrite,
  registerDependentWrite,
} from '../../../../../../shared/domain/state/writes/admission-writes.ts';
import {
  claimWrite,
  failExhaustedWrite,
  failUnclaimedWrite,
  finishCancelWrite,
  saveMessageWrite,
  submitWrite,
} from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { dependingOn } from '../../../../../set-ups/dependents.ts';
import { itemAfter } from '../../../../../set-ups/item-after.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  dayMs,
  firstToken,
  ids,
  jobId,
  leaseMs,
  retentionMs,
} from '../../../../../set-ups/samples.ts';

describe('the submit write', () => {
  test('creates the item of a queued job', async () => {
    expect(await itemAfter(submitWrite(aMessage()))).toEqual(aQueuedItem());
  });

  const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1), anId(2)], runAt: t0 };

  test('stores the options of the message', async () => {
    expect(await itemAfter(submitWrite(aMessage({ options })))).toMatchObject(options);
  });

  test('stores the trace only of a job whose end somebody is told of', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    const options = { maxAttempts: 3, notify: [{ event: true as const }] };
    expect(await itemAfter(submitWrite(aMessage({ traceparent, options: options })))).toMatchObject({
      traceparent,
    });
    expect(await itemAfter(submitWrite(aMessage({ traceparent })))).not.toHaveProperty('traceparent');
    expect(await itemAfter(submitWrite(aMessage({ options: options })))).not.toHaveProperty('traceparent');
  });

  test.each([
    ['waiting if its start time is ahead', { runAt: t0 + 1 }, 'waiting'],
    ['queued if its start time has come', { runAt: t0 }, 'queued'],
    [
      'queued if it has dependencies, because admission decides whether it must wait',
      { dependsOn: [anId(1)] },
      'queued',
    ],
    ['queued if it has dependencies and a start time', { dependsOn: [anId(1)], runAt: t0 + 1 }, 'queued'],
    ['queued if it is in a group', { group: 'a group' }, 'queued'],
  ])('creates an item that is %s', async (_what, more, status) => {
    const item = await itemAfter(
      submitWrite(aMessage({ submittedAt: t0, options: { maxAttempts: 3, ...more } })),
    );
    expect(item).toMatchObject({ status, ...more });
    expect(item).not.toHaveProperty('message');
  });

  test.each([
    ['a queued', {}],
    ['a waiting', { runAt: t0 + 1 }],
  ])('is refused for %s job if there is an item already', async (_what, more) => {
    const write = submitWrite(aMessage({ submittedAt: t0, options: { maxAttempts: 3, ...more } }));
    expect(await itemAfter(write, aQueuedItem())).toBeUndefined();
  });

  test('creates an item of less than 1 KB, because the payload stays in the message', async () => {
    const item = await itemAfter(submitWrite(aMessage({ payload: 'x'.repeat(10_000) })));
    expect(JSON.stringify(item).length).toBeLessThan(1024);
  });
});

describe('message writes', () => {
  const message = aMessage();
  const error = { name: 'SomeError', message: 'no' };
  const claim = claimWrite(message, { now: t0, claimId: 'this claim', leaseMs });
  const failUnclaimed = (item?: JobItem) =>
    failUnclaimedWrite(message, { item, now: t0, retentionMs, error });

  describe('the claim write', () => {
    const claimed = aRunningItem({ claimId: 'this claim' });

    test('claims a queued job', async () => {
      expect(await itemAfter(claim, aQueuedItem())).toEqual(claimed);
    });

    test('creates the item if submit has not written it', async () => {
      expect(await itemAfter(claim)).toEqual(claimed);
    });

    test('increments the fencing token and the attempt, keeps the first start time, and removes notBefore', async () => {
      const before = aQueuedItem({ fencingToken: 4, attempt: 2, startedAt: t0 - 500, notBefore: t0, error });
      const item = await itemAfter(claim, before);
      expect(item).toMatchObject({ fencingToken: 5, attempt: 3, startedAt: t0 - 500, error });
      expect(item?.notBefore).toBeUndefined();
    });

    test('removes the saved message, and keeps the dependents and the id of the message that admitted the job', async () => {
      const untouched = { admittedBy: 'message-1', dependents: new Set('a') };
      const before = aQueuedItem({ ...untouched, status: 'waiting', message: writeMessage(message) });
      expect(await itemAfter(claim, before)).toEqual({ ...claimed, ...untouched });
    });

    test('stores the options of the message in the item that it creates', async () => {
      const options = { maxAttempts: 3, group: 'a group', dependsOn: [anId(1)], runAt: t0 };
      const write = claimWrite(aMessage({ options }), { now: t0, claimId: 'this claim', leaseMs });
      expect(await itemAfter(write)).toEqual({ ...claimed, ...options });
    });

    test('is refused before the start time of the job', async () => {
      expect(await itemAfter(claim, aQueuedItem({ status: 'waiting', runAt: t0 + 1 }))).toBeUndefined();
      expect(await itemAfter(claim, aQueuedItem({ status: 'waiting', runAt: t0 }))).toBeDefined();
    });

    test('takes the job over from a worker whose lease has expired', async () => {
      const item = await itemAfter(claim, aRunningItem({ leaseUntil: t0 }));
      expect(item).toMatchObject({
        fencingToken: firstToken + 2,
        attempt: 2,
        claimId: 'this claim',
        leaseUntil: t0 + leaseMs,
      });
      expect(item?.history).toHaveLength(2);
    });
  });

  describe('a write that ends a job without a lease', () => {
    const endWrites = {
      'a job without attempts left': [
        failExhaustedWrite(aRunningItem({ attempt: 3 }), message, { now: t0, retentionMs, error }),
        aRunningItem({ attempt: 3, leaseUntil: t0 }),
        { event: 'failed', at: t0, attempt: 3, error: 'no' },
      ],
      'a job with a requested cancel': [
        finishCancelWrite(aRunningItem(), message, { now: t0, retentionMs }),
        aRunningItem({ leaseUntil: t0, cancelRequested: true }),
        { event: 'canceled', at: t0, attempt: 1 },
      ],
      'a job whose lease has expired': [
        failUnclaimed(aRunningItem()),
        aRunningItem({ leaseUntil: t0 }),
        { event: 'failed', at: t0, error: 'no' },
      ],
      'a job that is not due': [
        failUnclaimed(aQueuedItem()),
        aQueuedItem({ notBefore: t0 + 1 }),
        { event: 'failed', at: t0, error: 'no' },
      ],
      'a job without an item': [failUnclaimed(), undefined, { event: 'failed', at: t0, error: 'no' }],
    } as const;

    test.each(Object.entries(endWrites))(
      'saves the message and removes the attributes of the claim, for %s',
      async (_name, [write, before, entry]) => {
        const item = await itemAfter(write, before);
        expect(item?.message).toBe(writeMessage(message));
        // An end that `unchanged` guards is later than what was read.
        const isGuarded = write.transition === 'failUnclaimed' && before !== undefined;
        const at = isGuarded ? Math.max(t0, before.updatedAt + 1) : t0;
        expect(item).toMatchObject({ finishedAt: at, updatedAt: at });
        expect(item?.history.at(-1)).toEqual(entry);
        for (const key of ['claimId', 'leaseUntil', 'notBefore', 'cancelRequested'])
          expect(item).not.toHaveProperty(key);
      },
    );

    test.each(Object.entries(endWrites))(
      'keeps the item for at least 15 days, for %s',
      async (_name, [write, before]) => {
        const { expiresAt = 0 } = (await itemAfter(write, before)) ?? {};
        expect(expiresAt * 1000).toBeGreaterThanOrEqual(t0 + 15 * dayMs);
        expect(expiresAt).toBe(Math.ceil((t0 + retentionMs) / 1000));
      },
    );

    test('sets the fencing token and the attempt to 0 in an item that it creates', async () => {
      expect(await itemAfter(failUnclaimed())).toMatchObject({
        status: 'failed',
        fencingToken: firstToken,
        attempt: 0,
        error,
      });
    });

    test('keeps the fencing token, the attempt and the dependents of an existing item', async () => {
      const counted = { fencingToken: 4, attempt: 2, dependents: new Set('a') };
      expect(await itemAfter(failUnclaimed(aQueuedItem()), aQueuedItem(counted))).toMatchObject(counted);
    });
  });

  test('the saveMessage write changes nothing but the message, and is refused if a message is saved already', async () => {
    const canceled = aFailedItem({ status: 'canceled', message: undefined });
    const write = saveMessageWrite(message, t0);
    expect(await itemAfter(write, canceled)).toEqual({ ...canceled, message: writeMessage(message) });
    expect(await itemAfter(write, { ...canceled, message: 'saved before' })).toBeUndefined();
  });
});

const scheduled: JobMessage = aMessage({ options: { maxAttempts: 3, runAt: t0 + 5 } });
const notQueued = ['waiting', 'running', 'succeeded', 'failed', 'canceled'] as const;

describe('admission writes', () => {
  const message = dependingOn([anId(7)]);
  const lookAt = t0 + 7;
  const deferred = aQueuedItem({
    status: 'waiting',
    dependsOn: [anId(7)],
    message: writeMessage(message),
    updatedAt: t0,
    ...dueKeys(jobId, lookAt),
  });

  describe('the defer write', () => {
    test('marks a queued job as waiting and saves its message for the wake', async () => {
      expect(await itemAfter(deferWrite(message, lookAt, t0), aQueuedItem())).toEqual(deferred);
    });

    test('creates the item if submit has not written it', async () => {
      expect(await itemAfter(deferWrite(message, lookAt, t0))).toEqual(deferred);
    });

    test('keeps the fencing token, the history and the dependents', async () => {
      const history = [{ event: 'resubmitted' as const, at: t0 - 1, attempt: 0 }];
      const retried = aQueuedItem({ run: 2, fencingToken: 4, history, dependents: new Set([anId(1)]) });
      const item = await itemAfter(deferWrite({ ...message, run: 2 }, lookAt, t0), retried);
      expect(item).toMatchObject({
        status: 'waiting',
        run: 2,
        fencingToken: 4,
        history,
        dependents: new Set([anId(1)]),
      });
    });

    test('replaces the saved message of an earlier run by that of the present run', async () => {
      const next = { ...message, run: 2 };
      const item = await itemAfter(
        deferWrite(next, lookAt, t0),
        aQueuedItem({ run: 2, message: deferred.message }),
      );
      expect(item?.message).toBe(writeMessage(next));
    });

    test('keeps the start time in the item if the message has another one', async () => {
      const withStartTime = aQueuedItem({ runAt: t0 + 90_000 });
      expect((await itemAfter(deferWrite(scheduled, lookAt, t0), withStartTime))?.runAt).toBe(t0 + 90_000);
    });

    test.each(notQueued)('is refused for a %s job', async (status) => {
      expect(await itemAfter(deferWrite(message, lookAt, t0), aFailedItem({ status }))).toBeUndefined();
    });
  });

  describe('the admit write', () => {
    const admit = admitWrite(deferred, 'message-1', t0 + 9);

    test('queues the job, stores the id of the message that admitted it, and changes nothing else', async () => {
      const item = await itemAfter(admit, deferred);
      expect(item).toEqual({ ...deferred, status: 'queued', admittedBy: 'message-1', updatedAt: t0 + 9 });
    });

    test('is refused for a job that is admitted already, or has changed since it was read, and if there is no item', async () => {
      expect(await itemAfter(admit, { ...deferred, updatedAt: t0 + 1 })).toBeUndefined();
      expect(await itemAfter(admit, await itemAfter(admit, deferred))).toBeUndefined();
      expect(await itemAfter(admit)).toBeUndefined();
    });

    test.each([{ run: 2 }, { fingerprint: 'another' }])(
      'is refused, as the defer write is, for an item of another request or run: %j',
      async (over) => {
        expect(await itemAfter(admit, { ...deferred, ...over })).toBeUndefined();
        expect(await itemAfter(deferWrite(message, lookAt, t0), aQueuedItem(over))).toBeUndefined();
      },
    );
  });

  describe('the registerDependent write', () => {
    const register = registerDependentWrite(jobId, anId(1), t0);

    test.each([
      ['a queued job', aQueuedItem()],
      ['a waiting job', aQueuedItem({ status: 'waiting' })],
      ['a running job', aRunningItem()],
      ['a job that is to be canceled', aRunningItem({ cancelRequested: true, leaseUntil: t0 - 1 })],
    ])('adds the dependent to %s and changes nothing else', async (_what, before) => {
      expect(await itemAfter(register, before)).toEqual({ ...before, dependents: new Set([anId(1)]) });
    });

    test('keeps earlier dependents, and adds the same dependent only once', async () => {
      const before = aQueuedItem({ dependents: new Set([anId(2)]) });
      const item = await itemAfter(register, before);
      expect(item?.dependents).toEqual(new Set([anId(2), anId(1)]));
      expect(await itemAfter(register, item)).toEqual(item);
    });

    test.each(['succeeded', 'failed', 'canceled'] as const)('is refused for a %s job', async (status) => {
      expect(await itemAfter(register, aFailedItem({ status }))).toBeUndefined();
    });

    test('is refused if there is no item, and for a job that has 500 dependents', async () => {
      expect(await itemAfter(register)).toBeUndefined();
      expect(await itemAfter(register, aQueuedItem({ dependents: ids(500) }))).toBeUndefined();
    });
  });
});
