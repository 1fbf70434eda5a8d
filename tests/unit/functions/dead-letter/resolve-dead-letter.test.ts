import { describe, expect, test } from '@jest/globals';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aDeadLetterFunction } from '../../../set-ups/dead-letter.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, jobId } from '../../../set-ups/samples.ts';

const leaseExpired = { leaseUntil: t0 };

describe('the dead-letter function', () => {
  test.each([
    ['has no item', undefined],
    ['is queued', aQueuedItem()],
    ['is asleep', aQueuedItem({ status: 'waiting', notBefore: t0 + 1 })],
    ['has lost its worker', aRunningItem(leaseExpired)],
    ['has lost its last worker', aRunningItem({ ...leaseExpired, attempt: 3 })],
  ])('fails a job that %s, saves its message for a retry, and deletes the message', async (_what, item) => {
    const { resolve, stored, log } = aDeadLetterFunction(item);
    expect(await resolve()).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()).toMatchObject({
      status: 'failed',
      error: { name: 'DeadLetterError' },
      message: writeMessage(aMessage()),
      finishedAt: t0,
    });
    expect(log.lines).toMatchObject([{ level: 'error', fields: { jobId } }]);
  });

  test('returns the message until the lease ends if a worker holds the job', async () => {
    const { resolve, stored } = aDeadLetterFunction(aRunningItem());
    expect(await resolve()).toMatchObject({ kind: 'return', visibleAt: aRunningItem().leaseUntil });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each([
    ['has succeeded', aFailedItem({ status: 'succeeded', message: undefined })],
    ['has failed', aFailedItem()],
    ['was canceled', aFailedItem({ status: 'canceled' })],
    ['was retried since', aQueuedItem({ run: 2 })],
    ['belongs to another request', aQueuedItem({ fingerprint: 'another' })],
  ])('deletes the message of a job that %s and leaves the item unchanged', async (_what, item) => {
    const { resolve, stored } = aDeadLetterFunction(item);
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toEqual(item);
  });

  test('leaves a requested cancel to admission: a worker may have to pass it on', async () => {
    const item = aRunningItem({ ...leaseExpired, cancelRequested: true });
    const { resolve, stored, waiting } = aDeadLetterFunction(item);
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toBe(item);
    expect(waiting.sent).toEqual([{ message: { ...aMessage(), requeued: true }, delaySeconds: 0 }]);
  });

  test('saves the message of a canceled job', async () => {
    const { resolve, stored } = aDeadLetterFunction(aFailedItem({ status: 'canceled', message: undefined }));
    expect((await resolve()).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(aMessage()) });
  });

  test("makes the user's retry if it was not written, and fails that run when the message is redelivered", async () => {
    const { resolve, stored } = aDeadLetterFunction(aFailedItem());
    const next = aMessage({ run: 2 });
    expect(await resolve(next)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toMatchObject({ status: 'queued', run: 2 });
    expect((await resolve(next)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', run: 2 });
  });

  test('returns the message at once if the item changed after it was read', async () => {
    const { resolve, stored } = aDeadLetterFunction(aQueuedItem(), (call, items) => {
      if (call === 'write failUnclaimed') items.set(jobId, aRunningItem());
    });
    expect(await resolve()).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toEqual(aRunningItem());
  });

  test.each(['read', 'write failUnclaimed'])(
    'throws if the call "%s" to the table fails',
    async (failing) => {
      const { resolve } = aDeadLetterFunction(aQueuedItem(), (call) => {
        if (call === failing) throw new StoreUnavailableError('no');
      });
      await expect(resolve()).rejects.toThrow(StoreUnavailableError);
    },
  );

  test.each([
    ['an empty message', ''],
    ['a message that is not JSON', '?'],
    ['a message without keys', '{}'],
    ['a message with an invalid job id', writeMessage(aMessage({ id: 'x' }))],
  ])('moves %s to the quarantine queue', async (_what, body) => {
    const { resolveText, queue, stored } = aDeadLetterFunction(undefined);
    expect((await resolveText(body)).kind).toBe('delete');
    expect(queue.quarantined).toEqual([{ body, reason: expect.stringMatching(/./) }]);
    expect(stored()).toBeUndefined();
  });

  test('throws if an unreadable message cannot be moved to the quarantine queue', async () => {
    const { resolveText, queue } = aDeadLetterFunction(undefined);
    queue.failing.add('quarantine');
    await expect(resolveText('?')).rejects.toThrow(QueueUnavailableError);
  });
});
