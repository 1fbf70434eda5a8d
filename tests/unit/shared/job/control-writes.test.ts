import { describe, expect, test } from '@jest/globals';
import {
  cancelWrite,
  requestCancelWrite,
  retryWrite,
  reviveWrite,
} from '../../../../shared/job/control-writes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
import { aFailedItem, aQueuedItem, aRunningItem, dayMs, retentionMs } from '../../../set-ups/samples.ts';

const progress = { percent: 50, message: null };
const unsaved = aFailedItem({ status: 'canceled', message: undefined });

describe.each([
  ['the retry write of a failed job', retryWrite(aFailedItem(), t0), aFailedItem(), 2],
  [
    'the retry write of a canceled job',
    retryWrite(aFailedItem(), t0),
    aFailedItem({ status: 'canceled' }),
    2,
  ],
  ['the revive write of a canceled job', reviveWrite(unsaved, t0), unsaved, 1],
] as const)('%s', (_what, write, before, run) => {
  test('starts the run with attempt 0, and keeps the fencing token, and no message', async () => {
    const item = await itemAfter(write, { ...before, notBefore: t0 + 1, cancelRequested: true });
    expect(item).toMatchObject({ status: 'queued', run, attempt: 0, fencingToken: 3, updatedAt: t0 });
    expect(item?.message).toBeUndefined();
    for (const key of ['notBefore', 'cancelRequested', 'finishedAt', 'expiresAt', 'error'])
      expect(item).not.toHaveProperty(key);
    expect(item?.history.at(-1)).toEqual({ event: 'resubmitted', at: t0, attempt: 0 });
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
    expect(await itemAfter(write(saved, t0), saved)).toMatchObject({ checkpoint: '{}', progress });
  });

  test('removes the progress of a job without a checkpoint, which starts from its beginning', async () => {
    expect(await itemAfter(write(before, t0), before)).not.toHaveProperty('progress');
  });
});

test.each(['queued', 'waiting', 'running', 'succeeded'] as const)(
  'the retry write is refused for a %s job',
  async (status) => {
    expect(await itemAfter(retryWrite(aFailedItem(), t0), aFailedItem({ status }))).toBeUndefined();
  },
);

test('a delayed revive write is refused if the job was revived and canceled since', async () => {
  const revive = reviveWrite(unsaved, t0);
  const revived = await itemAfter(revive, unsaved);
  if (!revived) throw new Error('the revive write was refused');
  const canceledAgain = await itemAfter(cancelWrite(revived, { now: t0 + 1, retentionMs }), revived);
  expect(canceledAgain?.status).toBe('canceled');
  expect(await itemAfter(revive, canceledAgain)).toBeUndefined();
});

test('the revive write is refused if the message was saved since the item was read', async () => {
  expect(await itemAfter(reviveWrite(unsaved, t0), { ...unsaved, message: 'saved' })).toBeUndefined();
});

describe('the cancel write', () => {
  const cancel = cancelWrite(aQueuedItem({ attempt: 2 }), { now: t0, retentionMs });

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
    const item = await itemAfter(requestCancelWrite(before, t0), before);
    expect(item).toEqual({ ...before, cancelRequested: true, updatedAt: t0 });
  });

  test.each(['succeeded', 'failed', 'canceled'] as const)('is refused for a %s job', async (status) => {
    expect(await itemAfter(cancel, aFailedItem({ status }))).toBeUndefined();
    expect(await itemAfter(requestCancelWrite(aRunningItem(), t0), aFailedItem({ status }))).toBeUndefined();
  });

  test.each([
    ['of a queued job', cancel, aQueuedItem({ attempt: 2 })],
    ['of a running job', requestCancelWrite(aRunningItem(), t0), aRunningItem()],
  ])('%s is refused if the item has changed since it was read', async (_what, write, before) => {
    expect(await itemAfter(write, { ...before, updatedAt: before.updatedAt + 1 })).toBeUndefined();
    expect(await itemAfter(write, before)).toBeDefined();
  });

  test('is refused if a queued job has started, or a running job has stopped, since it was read', async () => {
    expect(await itemAfter(cancel, aRunningItem())).toBeUndefined();
    expect(await itemAfter(requestCancelWrite(aRunningItem(), t0), aQueuedItem())).toBeUndefined();
  });
});
