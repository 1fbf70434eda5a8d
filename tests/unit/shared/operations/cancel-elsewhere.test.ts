import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../../job-types/contracts.ts';
import { textInObject } from '../../../../shared/job/kept-text.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { canceling } from '../../../set-ups/canceling.ts';
import { aFailedItem, aMessage, aQueuedItem, jobId } from '../../../set-ups/samples.ts';

const hasCancel = { ...contracts, countdown: { ...contracts.countdown, hasCancel: true } };
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
    expect(calls).toEqual(['read', 'write requestCancel']);
    expect(queues.long.sent).toEqual([requested]);
  });

  test('sends the message again if it is called again: an earlier call may have died', async () => {
    const { cancel, queues, calls } = canceling({ ...asleep, cancelRequested: true }, none, hasCancel);
    await cancel();
    expect(calls).toEqual(['read']);
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
