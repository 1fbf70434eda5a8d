import { describe, expect, test } from '@jest/globals';
import { eraseWrite, retryWrite } from '../../shared/job/control-writes.ts';
import type { JobItem } from '../../shared/job/item.ts';
import { writeMessage } from '../../shared/job/message.ts';
import {
  claimWrite,
  failLateWrite,
  failUnclaimedWrite,
  saveMessageWrite,
  submitWrite,
} from '../../shared/job/message-writes.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { aMessage, itsListKey, leaseMs, retentionMs } from '../set-ups/samples.ts';
import { newId } from './item-writes.ts';

/** The writes of jobs that have to start by a time, of failed jobs, and of erased ones. */
export function describeJobLife(storeOf: () => JobStore): void {
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
        expect(await storeOf().write(failLateWrite(message, end))).toBeUndefined();
      },
    );

    test.each([true, false])(
      'does not claim it late, and fails it then (with an item: %s)',
      async (hasItem) => {
        const message = newMessage();
        if (hasItem) stored(await storeOf().write(submitWrite(message)));
        expect(await claimAt(message, startBefore)).toBeUndefined();
        const failed = await storeOf().write(failLateWrite(message, end));
        expect(failed).toMatchObject({
          status: 'failed',
          startBefore,
          failedKey: itsListKey,
          message: writeMessage(message),
        });
        expect(await storeOf().read(message.id)).toEqual(failed);
        expect(await storeOf().write(failLateWrite(message, end))).toBeUndefined();
        const retried = stored(await storeOf().write(retryWrite(stored(failed), startBefore)));
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
    const failed = stored(await storeOf().write(failUnclaimedWrite(message, end)));
    const erased = await storeOf().write(eraseWrite(failed, startBefore + 1));
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
      createdAt: message.submittedAt,
      updatedAt: startBefore + 1,
      finishedAt: startBefore,
      expiresAt: failed.expiresAt,
    });
    const late = [
      eraseWrite(failed, startBefore + 2),
      retryWrite(failed, startBefore + 2),
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
    expect(await storeOf().write(eraseWrite(queued, t0))).toBeUndefined();
    const failed = stored(await storeOf().write(failUnclaimedWrite(message, end)));
    expect(await storeOf().write(eraseWrite({ ...failed, updatedAt: 1 }, t0))).toBeUndefined();
    expect(await storeOf().read(message.id)).toEqual(failed);
  });
}
