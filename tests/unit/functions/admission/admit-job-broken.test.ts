import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependents, dependingOn, itsWake } from '../../../set-ups/dependents.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  firstToken,
  jobId,
  retentionMs,
} from '../../../set-ups/samples.ts';

const [a, b] = [anId(7), anId(8)];
const message = dependingOn([a]);
const failed = aFailedItem({ id: a });

describe('when a job depends on one that can no longer succeed, admission', () => {
  test.each([
    ['has failed', [failed], `Job ${a}, which this one depends on, failed.`],
    [
      'was canceled',
      [aFailedItem({ id: a, status: 'canceled' })],
      `Job ${a}, which this one depends on, was canceled.`,
    ],
    ['no longer exists', [], `Job ${a}, which this one depends on, is not known any more.`],
  ])('fails the job, with the reason as its error, if the dependency %s', async (_what, items, text) => {
    const { admit, stored, log, runQueues } = anAdmission([...items, aQueuedItem()]);
    expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()).toMatchObject({
      status: 'failed',
      error: { name: 'DependencyError', message: text },
      history: [{ event: 'failed', at: t0, error: text }],
      finishedAt: t0,
      expiresAt: Math.ceil((t0 + retentionMs) / 1000),
    });
    expect(log.lines).toMatchObject([{ level: 'error', fields: { jobId } }]);
    expect([runQueues.standard.sent, runQueues.long.sent]).toEqual([[], []]);
  });

  test.each([
    ['has no item yet', undefined],
    ['is waiting', aQueuedItem({ status: 'waiting', message: writeMessage(message) })],
    ['is queued', aQueuedItem()],
  ])('saves the message for a retry when it fails a job that %s', async (_what, item) => {
    const { admit, stored } = anAdmission(item ? [failed, item] : [failed]);
    await admit(message);
    expect(stored()).toMatchObject({
      status: 'failed',
      fencingToken: firstToken,
      attempt: 0,
      message: writeMessage(message),
    });
  });

  test('fails the job at once, even if it also waits for another job and for its time', async () => {
    const { admit, stored } = anAdmission([aQueuedItem({ id: b }), failed]);
    await admit(dependingOn([b, a], t0 + 1_000_000));
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'DependencyError' } });
  });

  test('does not mark the job as waiting before it fails it', async () => {
    const { admit, calls } = anAdmission([failed, aQueuedItem()]);
    await admit(message);
    expect(calls).toEqual(['read', 'read', 'read', 'write failUnclaimed']);
  });

  test('deletes the message only after the jobs that wait for the failed job were woken', async () => {
    const { admit, waiting, stored } = anAdmission([failed, aQueuedItem({ dependents }), dependent]);
    waiting.failing.add('send');
    await expect(admit(message)).rejects.toThrow('send fails');
    expect(stored()?.status).toBe('failed');
    waiting.failing.clear();
    expect(await admit(message, { receiveCount: 2 })).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(waiting.sent).toEqual([itsWake]);
  });

  test('returns the message at once and does not fail the job if a worker claimed it meanwhile', async () => {
    const claimed = aRunningItem({ claimId: 'a claim' });
    const { admit, stored } = anAdmission([failed, aQueuedItem()], (call, items) => {
      if (call === 'write failUnclaimed') items.set(jobId, claimed);
    });
    expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0, message });
    expect(stored()).toEqual(claimed);
  });

  test('sends the retry of the job to its run queue if the dependency has succeeded since', async () => {
    const { admit, store, stored, runQueues } = anAdmission([failed, aQueuedItem()]);
    await admit(message);
    store.items.set(a, aFailedItem({ id: a, status: 'succeeded' }));
    const next = { ...message, run: 2 };
    expect(await admit(next)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect((await admit(next, { receiveCount: 2 })).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'queued', run: 2 });
    expect(runQueues.long.sent).toEqual([{ message: next, delaySeconds: 0 }]);
  });
});

test('admission sends a job without dependencies to its run queue', async () => {
  const { admit, runQueues } = anAdmission();
  await admit(aMessage());
  expect(runQueues.long.sent).toEqual([{ message: aMessage(), delaySeconds: 0 }]);
});
