import { describe, expect, test } from '@jest/globals';
import { retryWrite, reviveWrite } from '../../../../shared/job/control-writes.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import {
  claimWrite,
  failLateWrite,
  reclaimWrite,
  submitWrite,
} from '../../../../shared/job/message-writes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { dependents } from '../../../set-ups/dependents.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
import {
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  firstToken,
  itsListKey,
  leaseMs,
  retentionMs,
} from '../../../set-ups/samples.ts';

const startBefore = t0 + 1;
const message = aMessage({ options: { maxAttempts: 3, startBefore, tags: ['one', 'two'] } });
const claimAt = (now: number) => claimWrite(message, { now, claimId: 'this claim', leaseMs });
const ordered = { startBefore, tags: ['one', 'two'] };
const error = { name: 'NotStartedInTimeError', message: 'too late' };

test('the submit write stores by when the job must have started, and its tags', async () => {
  expect(await itemAfter(submitWrite(message))).toEqual(aQueuedItem(ordered));
});

describe('the claim write of a job that has to start by a time', () => {
  test.each([
    ['is queued', aQueuedItem(ordered)],
    ['has no item', undefined],
  ])(
    'starts a job that %s in the last millisecond, and says that it may start late from then on',
    async (_what, item) => {
      expect(await itemAfter(claimAt(startBefore - 1), item)).toMatchObject({
        ...ordered,
        status: 'running',
        startedAt: t0,
        mayStartLate: true,
      });
    },
  );

  test.each([
    ['is queued', aQueuedItem(ordered)],
    ['is waiting', aQueuedItem({ ...ordered, status: 'waiting' })],
    ['has no item', undefined],
  ])('is refused in the next millisecond for a job that %s', async (_what, item) => {
    expect(await itemAfter(claimAt(startBefore), item)).toBeUndefined();
  });

  test.each([
    ['waits for another attempt', aQueuedItem({ ...ordered, mayStartLate: true, attempt: 1 })],
    ['sleeps', aQueuedItem({ ...ordered, mayStartLate: true, status: 'waiting' })],
    ['has lost its worker', aRunningItem({ ...ordered, mayStartLate: true, leaseUntil: t0 })],
  ])('starts a job later that has started before and %s', async (_what, item) => {
    expect(await itemAfter(claimAt(t0 + leaseMs), item)).toMatchObject({
      status: 'running',
      mayStartLate: true,
    });
  });

  test('says nothing of that in a job that may start at any time', async () => {
    const claim = claimWrite(aMessage(), { now: t0, claimId: 'this claim', leaseMs });
    expect(await itemAfter(claim, aQueuedItem())).not.toHaveProperty('mayStartLate');
  });

  test('is followed by a reclaim at any time, if the job crashed in company', async () => {
    const crashed = aRunningItem({ ...ordered, mayStartLate: true, inCompany: true, leaseUntil: t0 });
    const reclaim = reclaimWrite(crashed, message, { now: t0 + leaseMs, claimId: 'this claim', leaseMs });
    expect(await itemAfter(reclaim, crashed)).toMatchObject({ status: 'running', mayStartLate: true });
  });
});

describe('the write that fails a job which was not started in time', () => {
  const fail = failLateWrite(message, { now: startBefore, retentionMs, error });
  const failed = {
    status: 'failed',
    error,
    message: writeMessage(message),
    finishedAt: startBefore,
    fencingToken: firstToken,
    attempt: 0,
    failedKey: itsListKey,
    history: [{ event: 'failed', at: startBefore, error: 'too late' }],
    ...ordered,
  } as const;

  test.each([
    ['is queued', aQueuedItem(ordered)],
    ['is waiting', aQueuedItem({ ...ordered, status: 'waiting' })],
    ['has no item', undefined],
  ])('fails a job that %s, and keeps its message', async (_what, item) => {
    const after = await itemAfter(fail, item);
    expect(after).toMatchObject(failed);
    expect(after?.startedAt).toBeUndefined();
  });

  test('keeps the dependents, so that they can be woken', async () => {
    expect(await itemAfter(fail, aQueuedItem({ ...ordered, dependents }))).toMatchObject({ dependents });
  });

  test.each([
    ['has started and waits for another attempt', aQueuedItem({ ...ordered, mayStartLate: true })],
    ['runs', aRunningItem({ ...ordered, mayStartLate: true })],
    ['has lost its worker', aRunningItem({ ...ordered, mayStartLate: true, leaseUntil: t0 })],
    ['was retried', aQueuedItem({ ...ordered, mayStartLate: true, run: 2 })],
    ['is of another request', aQueuedItem({ ...ordered, fingerprint: 'another' })],
    ['has ended', aFailedItem()],
  ])('is refused for a job that %s', async (_what, item) => {
    expect(await itemAfter(fail, item)).toBeUndefined();
  });
});

test.each([
  ['retry', retryWrite, aFailedItem()],
  ['revive', reviveWrite, aFailedItem({ status: 'canceled', message: undefined })],
])("the user's %s lets a job start at any time that had to start by one", async (_name, write, ended) => {
  const item = { ...ended, startBefore };
  expect(await itemAfter(write(item, t0), item)).toMatchObject({ startBefore, mayStartLate: true });
  expect(await itemAfter(write(ended, t0), ended)).not.toHaveProperty('mayStartLate');
});
