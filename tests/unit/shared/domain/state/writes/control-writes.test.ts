import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../../shared/domain/state/job/message.ts';
import {
  cancelWrite,
  eraseWrite,
  nextRunWrite,
  requestCancelWrite,
  retryWrite,
  reviveWrite,
} from '../../../../../../shared/domain/state/writes/control-writes.ts';
import type { JobWrite } from '../../../../../../shared/domain/state/writes/job-write.ts';
import {
  claimWrite,
  failLateWrite,
  failUnclaimedWrite,
  reclaimWrite,
  saveMessageWrite,
  submitWrite,
} from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { dependents } from '../../../../../set-ups/dependents.ts';
import { itemAfter } from '../../../../../set-ups/item-after.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  by,
  dayMs,
  firstToken,
  ids,
  itsListKey,
  jobId,
  leaseMs,
  retentionMs,
} from '../../../../../set-ups/samples.ts';

const progress = { percent: 50, message: null };
const unsaved = aFailedItem({ status: 'canceled', message: undefined });

describe('control writes', () => {
  test.each([
    [undefined, 'a'],
    ['b', 'b'],
  ])(
    'the next run of a job in the group %s, by a message of the group a, is in the group %s',
    async (group, after) => {
      const message = aMessage({ run: 2, options: { maxAttempts: 3, group: 'a' } });
      const before = aFailedItem({ status: 'canceled', ...(group === undefined ? {} : { group }) });
      expect(await itemAfter(nextRunWrite(before, message, t0), before)).toMatchObject({ group: after });
    },
  );

  describe.each([
    ['the retry write of a failed job', retryWrite(aFailedItem(), t0, by), aFailedItem(), 2],
    [
      'the retry write of a canceled job',
      retryWrite(aFailedItem(), t0, by),
      aFailedItem({ status: 'canceled' }),
      2,
    ],
    ['the revive write of a canceled job', reviveWrite(unsaved, t0, by), unsaved, 1],
    [
      'the write of a later run of a child',
      nextRunWrite(aFailedItem(), { ...aMessage(), run: 4, retriedBy: by }, t0),
      aFailedItem(),
      4,
    ],
  ] as const)('%s', (_what, write, before, run) => {
    test('starts the run with attempt 0, and keeps the fencing token, and no message', async () => {
      const item = await itemAfter(write, { ...before, notBefore: t0 + 1, cancelRequested: true });
      expect(item).toMatchObject({ status: 'queued', run, attempt: 0, fencingToken: 3, updatedAt: t0 });
      expect(item?.message).toBeUndefined();
      for (const key of ['notBefore', 'cancelRequested', 'finishedAt', 'expiresAt', 'error'])
        expect(item).not.toHaveProperty(key);
      expect(item?.history.at(-1)).toEqual({ event: 'resubmitted', at: t0, attempt: 0 });
    });

    test('says who asked for it', async () => {
      expect(await itemAfter(write, { ...before, retriedBy: 'key:other' })).toMatchObject({ retriedBy: by });
    });

    test('is refused when it is made a second time', async () => {
      const item = await itemAfter(write, before);
      expect(item).toBeDefined();
      expect(await itemAfter(write, item)).toBeUndefined();
    });
  });

  describe.each([
    ['retry', retryWrite],
    ['revive', reviveWrite],
  ])('the %s write', (_name, write) => {
    const before = { ...(write === reviveWrite ? unsaved : aFailedItem()), progress };

    test('keeps the progress of a job that has a checkpoint', async () => {
      const saved = { ...before, checkpoint: '{}' };
      expect(await itemAfter(write(saved, t0, by), saved)).toMatchObject({ checkpoint: '{}', progress });
    });

    test('forgets for how long the run has waited, and until when', async () => {
      const waited = { ...before, waitedMs: 9, postponedUntil: t0 };
      const item = await itemAfter(write(waited, t0, by), waited);
      expect(item).toMatchObject({ attempt: 0 });
      for (const key of ['waitedMs', 'postponedUntil']) expect(item).not.toHaveProperty(key);
    });

    test('removes the progress of a job without a checkpoint, which starts from its beginning', async () => {
      expect(await itemAfter(write(before, t0, by), before)).not.toHaveProperty('progress');
    });
  });

  test.each(['queued', 'waiting', 'running', 'succeeded'] as const)(
    'the retry write is refused for a %s job',
    async (status) => {
      expect(await itemAfter(retryWrite(aFailedItem(), t0, by), aFailedItem({ status }))).toBeUndefined();
    },
  );

  test('a retry of which nobody knows who asked for it names nobody', async () => {
    const before = aFailedItem({ retriedBy: 'key:other' });
    expect(await itemAfter(retryWrite(before, t0, undefined), before)).not.toHaveProperty('retriedBy');
  });

  test('a delayed revive write is refused if the job was revived and canceled since', async () => {
    const revive = reviveWrite(unsaved, t0, by);
    const revived = await itemAfter(revive, unsaved);
    if (!revived) throw new Error('the revive write was refused');
    const canceledAgain = await itemAfter(cancelWrite(revived, { now: t0 + 1, retentionMs }, by), revived);
    expect(canceledAgain?.status).toBe('canceled');
    expect(await itemAfter(revive, canceledAgain)).toBeUndefined();
  });

  test('the revive write is refused if the message was saved since the item was read', async () => {
    expect(await itemAfter(reviveWrite(unsaved, t0, by), { ...unsaved, message: 'saved' })).toBeUndefined();
  });

  describe('the cancel write', () => {
    const cancel = cancelWrite(aQueuedItem({ attempt: 2 }), { now: t0, retentionMs }, by);

    test.each([
      [retentionMs + dayMs, retentionMs + dayMs],
      [retentionMs - dayMs, retentionMs - dayMs],
      [undefined, retentionMs],
    ])('keeps a child for %s ms, and any other job as before', (keepChildrenMs, expected) => {
      const parent = { id: jobId, batch: jobId, index: 0, shard: 0, depth: 1 };
      const end = { now: t0, retentionMs, keepChildrenMs };
      const expiresAt = (item: JobItem) => cancelWrite(item, end, by).set.expiresAt;
      expect(expiresAt(aQueuedItem({ parent }))).toBe(Math.ceil((t0 + expected) / 1000));
      expect(expiresAt(aQueuedItem())).toBe(Math.ceil((t0 + retentionMs) / 1000));
    });

    test.each(['queued', 'waiting'] as const)('ends a %s job and saves no message', async (status) => {
      const item = await itemAfter(cancel, aQueuedItem({ status, attempt: 2, notBefore: t0 + 1 }));
      expect(item).toMatchObject({ status: 'canceled', finishedAt: t0 });
      expect(item).not.toHaveProperty('message');
      expect(item).not.toHaveProperty('notBefore');
      expect(item?.history).toEqual([{ event: 'canceled', at: t0, attempt: 2 }]);
      expect((item?.expiresAt ?? 0) * 1000).toBeGreaterThanOrEqual(t0 + 15 * dayMs);
    });

    test('of a running job only requests the cancel, which the worker sees at its next heartbeat', async () => {
      const before = aRunningItem({ updatedAt: t0 - 5 });
      const item = await itemAfter(requestCancelWrite(before, t0, by), before);
      expect(item).toEqual({ ...before, cancelRequested: true, canceledBy: by, updatedAt: t0 });
    });

    test.each(['succeeded', 'failed', 'canceled'] as const)('is refused for a %s job', async (status) => {
      expect(await itemAfter(cancel, aFailedItem({ status }))).toBeUndefined();
      expect(
        await itemAfter(requestCancelWrite(aRunningItem(), t0, by), aFailedItem({ status })),
      ).toBeUndefined();
    });

    test.each([
      ['of a queued job', cancel, aQueuedItem({ attempt: 2 })],
      ['of a running job', requestCancelWrite(aRunningItem(), t0, by), aRunningItem()],
    ])('%s is refused if the item has changed since it was read', async (_what, write, before) => {
      expect(await itemAfter(write, { ...before, updatedAt: before.updatedAt + 1 })).toBeUndefined();
      expect(await itemAfter(write, before)).toBeDefined();
    });

    test('is refused if a queued job has started, or a running job has stopped, since it was read', async () => {
      expect(await itemAfter(cancel, aRunningItem())).toBeUndefined();
      expect(await itemAfter(requestCancelWrite(aRunningItem(), t0, by), aQueuedItem())).toBeUndefined();
    });
  });
});

/** Whatever an item may have. */
const full = (status: 'succeeded' | 'failed' | 'canceled'): JobItem => ({
  ...aFailedItem({ status, failedKey: 'a key' }),
  claimId: 'a claim',
  leaseUntil: t0,
  inCompany: true,
  notBefore: t0,
  cancelRequested: true,
  canceledBy: 'key:secret',
  retriedBy: 'key:secret',
  progress: { percent: 50, message: 'secret' },
  result: '"secret"',
  checkpoint: '"secret"',
  slices: 4,
  group: 'secret',
  dependsOn: [anId(1)],
  runAt: t0,
  startBefore: t0,
  mayStartLate: true,
  tags: ['secret'],
  dependents: ids(3),
  admittedBy: 'a message',
  receiptHandle: 'a handle',
  messageObject: 'messages/secret',
  startedAt: t0,
  history: [{ event: 'failed', at: t0, attempt: 1, error: 'secret' }],
});

describe('the erase write', () => {
  test.each(['succeeded', 'failed', 'canceled'] as const)(
    'leaves nothing of a job that is %s, but that it has ended, and how',
    async (status) => {
      const before = full(status);
      expect(await itemAfter(eraseWrite(before, t0, by), before)).toEqual({
        id: jobId,
        version: 1,
        tenant: '',
        type: '',
        status,
        run: 1,
        fingerprint: 'erased',
        fencingToken: 3,
        attempt: 3,
        maxAttempts: 3,
        history: [],
        erased: true,
        erasedBy: by,
        createdAt: before.createdAt,
        updatedAt: t0,
        finishedAt: before.finishedAt,
        expiresAt: before.expiresAt,
      });
    },
  );

  test.each([
    ['is queued', aQueuedItem()],
    ['is waiting', aQueuedItem({ status: 'waiting' })],
    ['is running', aRunningItem()],
    ['was retried and has failed again since it was read', aFailedItem({ updatedAt: 7 })],
    ['has its message in an object since it was read', aFailedItem({ messageObject: 'messages/a' })],
  ])('is refused for a job that %s', async (_what, item) => {
    const read = item.status === 'failed' ? aFailedItem() : item;
    expect(await itemAfter(eraseWrite(read, t0, by), item)).toBeUndefined();
  });
});

describe('a late copy of the message of an erased job', () => {
  const message = aMessage();
  const end = { now: t0, retentionMs, error: { name: 'SomeError', message: 'no' } };
  const read = aFailedItem({ status: 'canceled', message: undefined });
  const writes: Record<string, JobWrite> = {
    'a claim': claimWrite(message, { now: t0, claimId: 'this claim', leaseMs }),
    'a retry': retryWrite(read, t0, by),
    'a revival': reviveWrite(read, t0, by),
    'the saving of its message': saveMessageWrite(message, t0),
    'its failure': failUnclaimedWrite(message, { ...end, item: read }),
    'its failure since it is late': failLateWrite(message, { ...end, item: read }),
  };

  test.each(Object.entries(writes))('leads to no write: %s', async (_what, write) => {
    for (const status of ['canceled', 'failed', 'succeeded'] as const) {
      const before = aFailedItem({ status, message: undefined });
      const erased = await itemAfter(eraseWrite(before, before.updatedAt, by), before);
      expect(erased?.erased).toBe(true);
      expect(await itemAfter(write, erased)).toBeUndefined();
    }
  });
});

const startBefore = t0 + 1;
const message = aMessage({ options: { maxAttempts: 3, startBefore, tags: ['one', 'two'] } });
const claimAt = (now: number) => claimWrite(message, { now, claimId: 'this claim', leaseMs });
const ordered = { startBefore, tags: ['one', 'two'] };
const error = { name: 'NotStartedInTimeError', message: 'too late' };

describe('late writes', () => {
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
    const failOf = (item?: JobItem) => failLateWrite(message, { item, now: startBefore, retentionMs, error });
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
      const after = await itemAfter(failOf(item), item);
      expect(after).toMatchObject(failed);
      expect(after?.startedAt).toBeUndefined();
    });

    test('keeps the dependents, so that they can be woken', async () => {
      const item = aQueuedItem({ ...ordered, dependents });
      expect(await itemAfter(failOf(item), item)).toMatchObject({ dependents });
    });

    test.each([
      ['has started and waits for another attempt', aQueuedItem({ ...ordered, mayStartLate: true })],
      ['runs', aRunningItem({ ...ordered, mayStartLate: true })],
      ['has lost its worker', aRunningItem({ ...ordered, mayStartLate: true, leaseUntil: t0 })],
      ['was retried', aQueuedItem({ ...ordered, mayStartLate: true, run: 2 })],
      ['is of another request', aQueuedItem({ ...ordered, fingerprint: 'another' })],
      ['has ended', aFailedItem()],
    ])('is refused for a job that %s', async (_what, item) => {
      expect(await itemAfter(failOf(item), item)).toBeUndefined();
    });
  });

  test.each([
    ['retry', retryWrite, aFailedItem()],
    ['revive', reviveWrite, aFailedItem({ status: 'canceled', message: undefined })],
  ])("the user's %s lets a job start at any time that had to start by one", async (_name, write, ended) => {
    const item = { ...ended, startBefore };
    expect(await itemAfter(write(item, t0, by), item)).toMatchObject({ startBefore, mayStartLate: true });
    expect(await itemAfter(write(ended, t0, by), ended)).not.toHaveProperty('mayStartLate');
  });
});
