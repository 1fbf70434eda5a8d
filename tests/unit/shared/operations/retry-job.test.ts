import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  JobNotFoundError,
  QueueUnavailableError,
  StoreUnavailableError,
  UnreadableMessageError,
} from '../../../../shared/job/errors.ts';
import { retrying } from '../../../fakes/retrying.ts';
import { aFailedItem, aMessage, anId, aQueuedItem, aRunningItem, jobId, t0 } from '../../../fakes/samples.ts';

const failedTwice = aFailedItem({ run: 2 });
const unsaved = aFailedItem({ status: 'canceled', message: undefined });

describe("the user's retry", () => {
  test.each(['failed', 'canceled'] as const)(
    'of a %s job sends the saved message as the next run, then writes',
    async (status) => {
      const { retry, calls, sent } = retrying({ ...failedTwice, status });
      expect(await retry()).toMatchObject({
        status: 'queued',
        run: 3,
        attempt: 0,
        fencingToken: 3,
        updatedAt: t0,
      });
      expect(calls).toEqual(['read', 'send run 3', 'write retry']);
      expect(sent()).toEqual([{ queue: 'long', message: aMessage({ run: 3 }), delaySeconds: 0 }]);
    },
  );

  test('of a canceled job that others wait for leaves them noted, to be woken by the next end', async () => {
    const dependents = new Set([anId(1)]);
    const { retry } = retrying(aFailedItem({ status: 'canceled', dependents }));
    expect(await retry()).toMatchObject({ status: 'queued', dependents });
  });

  test('of a canceled job whose message is still in the queue revives it in place, and sends nothing', async () => {
    const { retry, calls } = retrying(unsaved);
    expect(await retry()).toMatchObject({ status: 'queued', run: 1, attempt: 0, fencingToken: 3 });
    expect(calls).toEqual(['read', 'write revive']);
  });

  test.each([
    aQueuedItem(),
    aQueuedItem({ status: 'waiting' }),
    aRunningItem(),
    aRunningItem({ cancelRequested: true }),
    aFailedItem({ status: 'succeeded', message: undefined }),
  ])('of a job that is $status is a conflict', async (item) => {
    const { retry, calls, stored } = retrying(item);
    await expect(retry()).rejects.toThrow(ConflictError);
    expect(calls).toEqual(['read']);
    expect(stored()).toEqual(item);
  });

  test('of a job that is not there, or not theirs, finds none', async () => {
    await expect(retrying(undefined).retry()).rejects.toThrow(JobNotFoundError);
    await expect(retrying(aFailedItem()).retry('another')).rejects.toThrow(JobNotFoundError);
  });

  test('that cannot be sent writes nothing', async () => {
    const { retry, queue, stored } = retrying(aFailedItem());
    queue.failing.add('send');
    await expect(retry()).rejects.toThrow(QueueUnavailableError);
    expect(stored()).toEqual(aFailedItem());
  });

  test('of a job whose saved message is broken says so, and does nothing', async () => {
    const { retry, calls } = retrying(aFailedItem({ message: '?' }));
    await expect(retry()).rejects.toThrow(UnreadableMessageError);
    expect(calls).toEqual(['read']);
  });
});

describe('a job that moves on while it is retried', () => {
  test.each([
    ['was queued by who received the message', aQueuedItem({ run: 2, fencingToken: 3 })],
    ['has even run meanwhile', aRunningItem({ run: 2, fencingToken: 4 })],
    ['has even ended meanwhile', aFailedItem({ run: 2, status: 'succeeded' })],
  ])('and %s was retried, which is a success', async (_what, next) => {
    const { retry, calls } = retrying(aFailedItem(), (call, { items }) => {
      if (call === 'write retry') items.set(jobId, next);
    });
    expect(await retry()).toEqual(next);
    expect(calls).toEqual(['read', 'send run 2', 'write retry', 'read']);
  });

  test('but not to another run was not retried by this', async () => {
    const { retry } = retrying(aFailedItem(), (call, { items }) => {
      if (call === 'write retry') items.set(jobId, aRunningItem());
    });
    await expect(retry()).rejects.toThrow(ConflictError);
  });

  test('and has its message saved is retried from that', async () => {
    const { retry, calls } = retrying(unsaved, (call, { items }) => {
      if (call === 'write revive') items.set(jobId, aFailedItem({ status: 'canceled' }));
    });
    expect(await retry()).toMatchObject({ status: 'queued', run: 2 });
    expect(calls).toEqual(['read', 'write revive', 'read', 'send run 2', 'write retry']);
  });

  test('and is revived by another is a conflict', async () => {
    const { retry } = retrying(unsaved, (call, { items }) => {
      if (call === 'write revive') items.set(jobId, aQueuedItem());
    });
    await expect(retry()).rejects.toThrow(ConflictError);
  });

  test('over and over is given up for now', async () => {
    const { retry, calls } = retrying(unsaved, (call, { items }) => {
      if (call === 'write revive') items.set(jobId, { ...unsaved, run: unsaved.run + calls.length });
    });
    await expect(retry()).rejects.toThrow(StoreUnavailableError);
    expect(calls).toHaveLength(10);
  });
});
