import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  JobNotFoundError,
  QueueUnavailableError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../../shared/domain/state/job/pointer.ts';
import { isClaimed, isTerminal, jobStatuses } from '../../../../../shared/domain/state/job/transitions.ts';
import { textInObject } from '../../../../../shared/domain/state/stored/stored-text.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { canceling } from '../../../../set-ups/canceling.ts';
import { dependent, dependents, itsWake } from '../../../../set-ups/dependents.ts';
import {
  aFailedItem,
  aMessage,
  aQueuedItem,
  aRunningItem,
  dayMs,
  jobId,
} from '../../../../set-ups/samples.ts';

describe('cancelJob', () => {
  const unclaimed = jobStatuses.filter((status) => !isTerminal(status) && !isClaimed(status));

  test.each(unclaimed)('ends a job that is %s', async (status) => {
    const { cancel, stored } = canceling(aQueuedItem({ status }));
    expect(await cancel()).toMatchObject({ status: 'canceled', finishedAt: t0 });
    expect(stored()?.status).toBe('canceled');
  });

  test('requests a cancel of a running job', async () => {
    const { cancel, stored } = canceling(aRunningItem());
    expect(await cancel()).toMatchObject({ status: 'running', cancelRequested: true });
    expect(stored()).toMatchObject({ status: 'running', leaseUntil: aRunningItem().leaseUntil });
  });

  test.each([
    ['has a cancel requested already', aRunningItem({ cancelRequested: true })],
    ['is canceled already', aFailedItem({ status: 'canceled' })],
  ])('returns a job that %s without a write', async (_what, item) => {
    const { cancel, calls } = canceling(item);
    expect(await cancel()).toEqual(item);
    expect(calls.filter((call) => call.startsWith('write'))).toEqual([]);
  });

  test.each(['succeeded', 'failed'] as const)(
    'throws a ConflictError for a job that has %s',
    async (status) => {
      const { cancel, calls } = canceling(aFailedItem({ status }));
      await expect(cancel()).rejects.toThrow(new ConflictError(`The job is ${status} already.`));
      expect(calls).toEqual(['read']);
    },
  );

  test('throws a JobNotFoundError for a job that does not exist or is of another tenant', async () => {
    await expect(canceling(undefined).cancel()).rejects.toThrow(JobNotFoundError);
    const { cancel, stored } = canceling(aQueuedItem());
    await expect(cancel('another')).rejects.toThrow(JobNotFoundError);
    expect(stored()).toEqual(aQueuedItem());
  });

  test.each([
    ['queued', aQueuedItem({ dependents })],
    ['waiting', aQueuedItem({ status: 'waiting', dependents })],
    ['already canceled', aFailedItem({ status: 'canceled', dependents })],
  ])('wakes the dependents of a job that is %s', async (_what, item) => {
    const { cancel, items, pointers } = canceling(item);
    items.set(dependent.id, dependent);
    expect(await cancel()).toMatchObject({ status: 'canceled' });
    expect(pointers.sent).toEqual([itsWake]);
  });

  test('wakes the dependents only after the cancel is stored', async () => {
    const { cancel, items, calls } = canceling(aQueuedItem({ dependents }));
    items.set(dependent.id, dependent);
    await cancel();
    expect(calls).toEqual(['read', 'write cancel', 'read', 'send pointer']);
  });

  test.each([
    ['is running', aRunningItem({ dependents })],
    ['is running and has a cancel requested', aRunningItem({ cancelRequested: true, dependents })],
  ])('does not wake the dependents of a job that %s', async (_what, item) => {
    const { cancel, items, pointers } = canceling(item);
    items.set(dependent.id, dependent);
    await cancel();
    expect(pointers.sent.map(({ pointer }) => pointer.id)).toEqual([jobId]);
  });

  test('sends a pointer to a running job, delayed until a minute after its lease: worker and message may be lost', async () => {
    for (const [leaseUntil, delaySeconds] of [
      [t0 + 45_000, 105],
      [t0 - 1, 60],
    ] as const) {
      const { cancel, pointers, calls } = canceling(aRunningItem({ leaseUntil }));
      await cancel();
      expect(calls).toEqual(['read', 'send pointer', 'write requestCancel']);
      expect(pointers.sent).toEqual([{ pointer: pointerTo(aRunningItem()), delaySeconds }]);
    }
  });

  test('does not wake the dependents of a job that has failed already', async () => {
    const { cancel, items, pointers } = canceling(aFailedItem({ dependents }));
    items.set(dependent.id, dependent);
    await expect(cancel()).rejects.toThrow(ConflictError);
    expect(pointers.sent).toEqual([]);
  });

  test('throws if the dependents cannot be woken, and wakes them in the next call', async () => {
    const { cancel, items, pointers, stored } = canceling(aQueuedItem({ dependents }));
    items.set(dependent.id, dependent);
    pointers.isFailing = true;
    await expect(cancel()).rejects.toThrow(QueueUnavailableError);
    expect(stored()?.status).toBe('canceled');
    pointers.isFailing = false;
    await cancel();
    expect(pointers.sent).toEqual([itsWake]);
  });
});

describe('cancelJob, if the job changes after it was read,', () => {
  test.each([
    [
      'requests a cancel of a job that has started',
      aQueuedItem(),
      'write cancel',
      aRunningItem(),
      { status: 'running', cancelRequested: true },
    ],
    [
      'ends a job that was queued again',
      aRunningItem(),
      'write requestCancel',
      aQueuedItem(),
      { status: 'canceled' },
    ],
  ])('%s', async (_what, item, changedAt, next, expected) => {
    let changed = false;
    const { cancel } = canceling(item, (call, items) => {
      if (call === changedAt && !changed) items.set(jobId, next);
      if (call === changedAt) changed = true;
    });
    expect(await cancel()).toMatchObject(expected);
  });

  test('throws a ConflictError for a job that has ended', async () => {
    const { cancel, stored } = canceling(aRunningItem(), (call, items) => {
      if (call.startsWith('write')) items.set(jobId, aFailedItem());
    });
    await expect(cancel()).rejects.toThrow(ConflictError);
    expect(stored()).toEqual(aFailedItem());
  });

  test('throws a StoreUnavailableError after 5 tries if it changes each time', async () => {
    const { cancel, calls } = canceling(aQueuedItem(), (call, items) => {
      if (call === 'write cancel') items.set(jobId, aRunningItem());
      if (call === 'write requestCancel') items.set(jobId, aQueuedItem());
    });
    await expect(cancel()).rejects.toThrow(StoreUnavailableError);
    expect(calls.filter((call) => call !== 'send pointer')).toHaveLength(10);
  });
});

describe('cancelJob, for a job of a group,', () => {
  const asleep = aQueuedItem({
    status: 'waiting',
    group: 'g',
    notBefore: t0 + 9_000,
    receiptHandle: 'its receipt handle',
  });

  test('makes the message of a sleeping job visible, so that the next job of the group can run', async () => {
    const { cancel, ordered, stored } = canceling(asleep);
    await cancel();
    expect(stored()?.status).toBe('canceled');
    expect(ordered.visibilityChanges).toEqual([{ receiptHandle: 'its receipt handle', seconds: 0 }]);
  });

  test('makes the message visible in every call, because the call before may have crashed', async () => {
    const { cancel, ordered } = canceling(asleep);
    await cancel();
    await cancel();
    expect(ordered.visibilityChanges).toHaveLength(2);
  });

  test('cancels the job even if its message cannot be made visible', async () => {
    const { cancel, ordered, log } = canceling(asleep);
    ordered.failing.add('changeVisibility');
    expect((await cancel()).status).toBe('canceled');
    expect(log.lines.map(({ message }) => message)).toEqual(['job ended', 'visibility not changed']);
  });

  test('does not change the visibility of the message while a worker holds the job', async () => {
    const { cancel, ordered } = canceling(aRunningItem({ group: 'g' }));
    await cancel();
    expect(ordered.visibilityChanges).toEqual([]);
  });
});

const hasCancel = { ...contracts, counting: { ...contracts.counting, hasCancel: true } };
const message = aMessage();
const started = { startedAt: t0 - 9_000 };
const asleep = aQueuedItem({ ...started, status: 'waiting', message: writeMessage(message) });
const none = () => {};
const requested = { message: { ...message, requeued: true }, delaySeconds: 0 };

describe('cancelJob, for a job that may have started something elsewhere,', () => {
  test('requests the cancel of one that sleeps, and sends its message to the worker', async () => {
    const { cancel, stored, queues, calls } = canceling(asleep, none, hasCancel);
    expect(await cancel()).toMatchObject({ status: 'waiting', cancelRequested: true });
    expect(stored()).toMatchObject({ status: 'waiting', cancelRequested: true });
    expect(calls).toEqual(['read', 'send pointer', 'write requestCancel']);
    expect(queues.long.sent).toEqual([requested]);
  });

  test('sends the message again if it is called again: an earlier call may have died', async () => {
    const { cancel, queues, calls } = canceling({ ...asleep, cancelRequested: true }, none, hasCancel);
    await cancel();
    expect(calls).toEqual(['read', 'send pointer']);
    expect(queues.long.sent).toEqual([requested]);
  });

  test('is not stopped by a message whose object is gone: another call may have had the job canceled', async () => {
    const gone = { ...asleep, message: textInObject('messages/waiting/a/b/1/c') };
    const { cancel, queues } = canceling(gone, none, hasCancel);
    expect(await cancel()).toMatchObject({ status: 'waiting', cancelRequested: true });
    expect(queues.long.sent).toEqual([]);
  });

  test('sends nothing for one whose message is in the queue', async () => {
    const { cancel, stored, queues } = canceling(aQueuedItem(started), none, hasCancel);
    await cancel();
    expect(stored()).toMatchObject({ status: 'queued', cancelRequested: true });
    expect(queues.long.sent).toEqual([]);
  });

  test('makes the message of one of a group visible, and sends none', async () => {
    const item = { ...asleep, group: 'g', receiptHandle: 'a handle' };
    const { cancel, ordered, queues } = canceling(item, none, hasCancel);
    await cancel();
    expect(ordered.visibilityChanges).toEqual([{ receiptHandle: 'a handle', seconds: 0 }]);
    expect(queues.long.sent).toEqual([]);
  });

  test('ends one at once that has not started', async () => {
    const { cancel, queues } = canceling({ ...asleep, startedAt: undefined }, none, hasCancel);
    expect((await cancel()).status).toBe('canceled');
    expect(queues.long.sent).toEqual([]);
  });

  test('tells the targets of its notifications when it has ended', async () => {
    const notify = [{ event: true as const }];
    const { cancel, notifications } = canceling(aQueuedItem({ notify }), none, hasCancel);
    await cancel();
    expect(notifications.sent).toMatchObject([{ message: { jobId, status: 'canceled', target: notify[0] } }]);
    const again = canceling(aFailedItem({ status: 'canceled', notify }), none, hasCancel);
    await again.cancel();
    expect(again.notifications.sent).toHaveLength(1);
  });
});

const postponed = aQueuedItem({
  status: 'waiting',
  runAt: t0 + dayMs,
  message: writeMessage(aMessage({ options: { maxAttempts: 3, runAt: t0 + dayMs } })),
});

describe('cancel postponed', () => {
  test('the cancel of a job whose item keeps the message is followed by a pointer, a minute later', async () => {
    const { cancel, pointers, stored } = canceling(postponed);
    expect(await cancel()).toMatchObject({ status: 'canceled' });
    const pointer = { kind: 'pointer', version: 4, id: jobId, run: 1, fingerprint: 'a fingerprint' };
    expect(pointers.sent).toEqual([{ pointer, delaySeconds: 60 }]);
    expect(stored()?.message).toBe(postponed.message);
  });

  test('the cancel is not written if the pointer cannot be sent: nobody would make up for a crash', async () => {
    const { cancel, pointers, stored } = canceling(postponed);
    pointers.isFailing = true;
    await expect(cancel()).rejects.toThrow(QueueUnavailableError);
    expect(stored()).toEqual(postponed);
  });

  test('the cancel of a job whose message is in a queue needs no pointer', async () => {
    const { cancel, pointers } = canceling(aQueuedItem());
    await cancel();
    expect(pointers.sent).toEqual([]);
  });
});
