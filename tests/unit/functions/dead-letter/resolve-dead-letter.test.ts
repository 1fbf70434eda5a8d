import { describe, expect, test } from '@jest/globals';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { deadLetter } from '../../../fakes/dead-letter.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, jobId, t0 } from '../../../fakes/samples.ts';

const dead = { leaseUntil: t0 };

describe('a dead letter', () => {
  test.each([
    ['nobody has noted', undefined],
    ['is queued', aQueuedItem()],
    ['waits for its next attempt', aQueuedItem({ status: 'waiting', notBefore: t0 + 1 })],
    ['has lost its worker', aRunningItem(dead)],
    ['has lost its last worker', aRunningItem({ ...dead, attempt: 3 })],
  ])('of a job that %s fails it, retriably, and is deleted', async (_what, item) => {
    const { resolve, stored, log } = deadLetter(item);
    expect(await resolve()).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()).toMatchObject({
      status: 'failed',
      error: { name: 'DeadLetterError' },
      message: writeMessage(aMessage()),
      finishedAt: t0,
    });
    expect(log.lines).toMatchObject([{ level: 'error', fields: { jobId } }]);
  });

  test('of a job that a worker has is hidden while the lease lives', async () => {
    const { resolve, stored } = deadLetter(aRunningItem());
    expect(await resolve()).toMatchObject({ kind: 'return', visibleAt: aRunningItem().leaseUntil });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each([
    ['has succeeded', aFailedItem({ status: 'succeeded', message: undefined })],
    ['has failed', aFailedItem()],
    ['is canceled', aFailedItem({ status: 'canceled' })],
    ['was retried since', aQueuedItem({ run: 2 })],
    ['is of another request', aQueuedItem({ fingerprint: 'another' })],
  ])('of a job that %s is deleted, and changes nothing', async (_what, item) => {
    const { resolve, stored } = deadLetter(item);
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toEqual(item);
  });

  test('of a job to be canceled cancels it', async () => {
    const { resolve, stored } = deadLetter(aRunningItem({ ...dead, cancelRequested: true }));
    expect((await resolve()).kind).toBe('delete');
    expect(stored()?.status).toBe('canceled');
  });

  test('of a canceled job saves itself', async () => {
    const { resolve, stored } = deadLetter(aFailedItem({ status: 'canceled', message: undefined }));
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(aMessage()) });
  });

  test("of the user's retry makes the retry, and then fails that", async () => {
    const { resolve, stored } = deadLetter(aFailedItem());
    const next = aMessage({ run: 2 });
    expect(await resolve(next)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toMatchObject({ status: 'queued', run: 2 });
    expect((await resolve(next)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', run: 2 });
  });

  test('comes again at once if the job changed while it was looked at', async () => {
    const { resolve, stored } = deadLetter(aQueuedItem(), (call, items) => {
      if (call === 'write failUnclaimed') items.set(jobId, aRunningItem());
    });
    expect(await resolve()).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each(['read', 'write failUnclaimed'])(
    'is not resolved if the table is out of reach at "%s"',
    async (failing) => {
      const { resolve } = deadLetter(aQueuedItem(), (call) => {
        if (call === failing) throw new StoreUnavailableError('no');
      });
      await expect(resolve()).rejects.toThrow(StoreUnavailableError);
    },
  );
});

describe('what nobody can read', () => {
  test.each(['', '?', '{}', writeMessage(aMessage({ id: 'x' }))])(
    'like %j is put aside for a person',
    async (body) => {
      const { resolveText, queue, stored } = deadLetter(undefined);
      expect((await resolveText(body)).kind).toBe('delete');
      expect(queue.quarantined).toEqual([{ body, reason: expect.stringMatching(/./) }]);
      expect(stored()).toBeUndefined();
    },
  );

  test('is kept if it cannot be put aside', async () => {
    const { resolveText, queue } = deadLetter(undefined);
    queue.failing.add('quarantine');
    await expect(resolveText('?')).rejects.toThrow(QueueUnavailableError);
  });
});
