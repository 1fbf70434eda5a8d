import { describe, expect, test } from '@jest/globals';
import { admitWrite, deferWrite, registerDependentWrite } from '../../../../shared/job/admission-writes.ts';
import { type JobMessage, writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { dependingOn } from '../../../set-ups/dependents.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  ids,
  jobId,
} from '../../../set-ups/samples.ts';

const message = dependingOn([anId(7)]);
const scheduled: JobMessage = aMessage({ options: { maxAttempts: 3, runAt: t0 + 5 } });
const deferred = aQueuedItem({
  status: 'waiting',
  dependsOn: [anId(7)],
  message: writeMessage(message),
  updatedAt: t0,
});
const notQueued = ['waiting', 'running', 'succeeded', 'failed', 'canceled'] as const;

describe('the defer write', () => {
  test('marks a queued job as waiting and saves its message for the wake', async () => {
    expect(await itemAfter(deferWrite(message, t0), aQueuedItem())).toEqual(deferred);
  });

  test('creates the item if submit has not written it', async () => {
    expect(await itemAfter(deferWrite(message, t0))).toEqual(deferred);
  });

  test('saves no message for a job that waits only for its start time, because nobody wakes it', async () => {
    const item = await itemAfter(deferWrite(scheduled, t0));
    expect(item).toEqual(aQueuedItem({ status: 'waiting', runAt: t0 + 5, updatedAt: t0 }));
  });

  test('keeps the fencing token, the history and the dependents', async () => {
    const history = [{ event: 'resubmitted' as const, at: t0 - 1, attempt: 0 }];
    const retried = aQueuedItem({ run: 2, fencingToken: 4, history, dependents: new Set([anId(1)]) });
    const item = await itemAfter(deferWrite({ ...message, run: 2 }, t0), retried);
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
    const item = await itemAfter(deferWrite(next, t0), aQueuedItem({ run: 2, message: deferred.message }));
    expect(item?.message).toBe(writeMessage(next));
  });

  test('keeps the start time in the item if the message has another one', async () => {
    const withStartTime = aQueuedItem({ runAt: t0 + 90_000 });
    expect((await itemAfter(deferWrite(scheduled, t0), withStartTime))?.runAt).toBe(t0 + 90_000);
  });

  test.each(notQueued)('is refused for a %s job', async (status) => {
    expect(await itemAfter(deferWrite(message, t0), aFailedItem({ status }))).toBeUndefined();
  });
});

describe('the admit write', () => {
  const admit = admitWrite(message, 'message-1', t0 + 9);

  test('queues the job, stores the id of the message that admitted it, and changes nothing else', async () => {
    const item = await itemAfter(admit, deferred);
    expect(item).toEqual({ ...deferred, status: 'queued', admittedBy: 'message-1', updatedAt: t0 + 9 });
  });

  test('is refused for a job that is admitted already, and if there is no item', async () => {
    expect(await itemAfter(admit, await itemAfter(admit, deferred))).toBeUndefined();
    expect(await itemAfter(admit)).toBeUndefined();
  });

  test.each([{ run: 2 }, { fingerprint: 'another' }])(
    'is refused, as the defer write is, for an item of another request or run: %j',
    async (over) => {
      expect(await itemAfter(admit, { ...deferred, ...over })).toBeUndefined();
      expect(await itemAfter(deferWrite(message, t0), aQueuedItem(over))).toBeUndefined();
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
