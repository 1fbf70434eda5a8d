import { describe, expect, test } from '@jest/globals';
import {
  cancelWrite,
  requestCancelWrite,
  retryWrite,
  reviveWrite,
} from '../../../../shared/job/control-writes.ts';
import { itemAfter } from '../../../fakes/item-after.ts';
import { aFailedItem, aQueuedItem, aRunningItem, dayMs, retentionMs, t0 } from '../../../fakes/samples.ts';

const progress = { percent: 50, message: null };
const unsaved = aFailedItem({ status: 'canceled', message: undefined });

describe.each([
  ['of a failed job', retryWrite(aFailedItem(), t0), aFailedItem(), 2],
  ['of a canceled job', retryWrite(aFailedItem(), t0), aFailedItem({ status: 'canceled' }), 2],
  ['in place, of a canceled job', reviveWrite(unsaved, t0), unsaved, 1],
] as const)("the user's retry %s", (_what, write, before, run) => {
  test('begins anew, under the fencingToken and with what was saved', async () => {
    const item = await itemAfter(write, { ...before, notBefore: t0 + 1, cancelRequested: true });
    expect(item).toMatchObject({ status: 'queued', run, attempt: 0, fencingToken: 3, updatedAt: t0 });
    expect(item?.message).toBe(before.message);
    for (const key of ['notBefore', 'cancelRequested', 'finishedAt', 'expiresAt', 'error'])
      expect(item).not.toHaveProperty(key);
    expect(item?.history.at(-1)).toEqual({ event: 'resubmitted', at: t0, attempt: 0 });
  });

  test('is made once', async () => {
    const item = await itemAfter(write, before);
    expect(item).toBeDefined();
    expect(await itemAfter(write, item)).toBeUndefined();
  });
});

describe.each([
  ['anew', retryWrite],
  ['in place', reviveWrite],
])('what a job told of its progress, retried %s', (_how, write) => {
  const before = { ...(write === reviveWrite ? unsaved : aFailedItem()), progress };

  test('stays with the state that the job goes on from', async () => {
    const saved = { ...before, checkpoint: '{}' };
    expect(await itemAfter(write(saved, t0), saved)).toMatchObject({ checkpoint: '{}', progress });
  });

  test('is forgotten if the job has to begin at its beginning', async () => {
    expect(await itemAfter(write(before, t0), before)).not.toHaveProperty('progress');
  });
});

test.each(['queued', 'waiting', 'running', 'succeeded'] as const)(
  'a job that is %s is not retried',
  async (status) => {
    expect(await itemAfter(retryWrite(aFailedItem(), t0), aFailedItem({ status }))).toBeUndefined();
  },
);

test('a revival that was held up on its way revives nothing that was canceled again', async () => {
  const revival = reviveWrite(unsaved, t0);
  const revived = await itemAfter(revival, unsaved);
  if (!revived) throw new Error('the revival is refused');
  const again = await itemAfter(cancelWrite(revived, { now: t0 + 1, retentionMs }), revived);
  expect(again?.status).toBe('canceled');
  expect(await itemAfter(revival, again)).toBeUndefined();
});

test('a canceled job whose message was saved meanwhile is not revived in place', async () => {
  expect(await itemAfter(reviveWrite(unsaved, t0), { ...unsaved, message: 'saved' })).toBeUndefined();
});

describe('a cancel', () => {
  const cancel = cancelWrite(aQueuedItem({ attempt: 2 }), { now: t0, retentionMs });

  test.each(['queued', 'waiting'] as const)(
    'ends a %s job; its message saves itself later',
    async (status) => {
      const item = await itemAfter(cancel, aQueuedItem({ status, attempt: 2, notBefore: t0 + 1 }));
      expect(item).toMatchObject({ status: 'canceled', finishedAt: t0 });
      expect(item).not.toHaveProperty('message');
      expect(item).not.toHaveProperty('notBefore');
      expect(item?.history).toEqual([{ event: 'canceled', at: t0, attempt: 2 }]);
      expect((item?.expiresAt ?? 0) * 1000).toBeGreaterThanOrEqual(t0 + 15 * dayMs);
    },
  );

  test('of a running job is only noted: its worker has to see it', async () => {
    const before = aRunningItem({ updatedAt: t0 - 5 });
    const item = await itemAfter(requestCancelWrite(before, t0), before);
    expect(item).toEqual({ ...before, cancelRequested: true, updatedAt: t0 });
  });

  test.each(['succeeded', 'failed', 'canceled'] as const)(
    'does nothing to a job that is %s',
    async (status) => {
      expect(await itemAfter(cancel, aFailedItem({ status }))).toBeUndefined();
      expect(
        await itemAfter(requestCancelWrite(aRunningItem(), t0), aFailedItem({ status })),
      ).toBeUndefined();
    },
  );

  test.each([
    ['of an idle job', cancel, aQueuedItem({ attempt: 2 })],
    ['of a running job', requestCancelWrite(aRunningItem(), t0), aRunningItem()],
  ])('%s that was held up on its way cancels nothing that changed since', async (_what, write, before) => {
    expect(await itemAfter(write, { ...before, updatedAt: before.updatedAt + 1 })).toBeUndefined();
    expect(await itemAfter(write, before)).toBeDefined();
  });

  test('does not end a job that started meanwhile, nor mark one that stopped', async () => {
    expect(await itemAfter(cancel, aRunningItem())).toBeUndefined();
    expect(await itemAfter(requestCancelWrite(aRunningItem(), t0), aQueuedItem())).toBeUndefined();
  });
});
