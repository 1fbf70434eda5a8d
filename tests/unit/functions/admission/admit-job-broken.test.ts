import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { anAdmission } from '../../../fakes/admission.ts';
import { dependent, dependents, dependingOn, itsWake } from '../../../fakes/dependents.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  firstToken,
  jobId,
  retentionMs,
  t0,
} from '../../../fakes/samples.ts';

const [a, b] = [anId(7), anId(8)];
const one = dependingOn([a]);
const failed = aFailedItem({ id: a });

describe('a job whose dependency is broken', () => {
  test.each([
    ['it failed', [failed], `Job ${a}, which this one depends on, failed.`],
    [
      'it was canceled',
      [aFailedItem({ id: a, status: 'canceled' })],
      `Job ${a}, which this one depends on, was canceled.`,
    ],
    ['it is gone', [], `Job ${a}, which this one depends on, is not known any more.`],
  ])('as %s fails, and says so', async (_what, items, text) => {
    const { pass, stored, log, runQueues } = anAdmission([...items, aQueuedItem()]);
    expect(await pass(one)).toEqual({ kind: 'delete', why: 'the job is failed' });
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
    ['was not written down yet', undefined],
    ['waits', aQueuedItem({ status: 'waiting', message: writeMessage(one) })],
    ['is queued', aQueuedItem()],
  ])('and that %s has its message saved, to be retried', async (_what, item) => {
    const { pass, stored } = anAdmission(item ? [failed, item] : [failed]);
    await pass(one);
    expect(stored()).toMatchObject({
      status: 'failed',
      fencingToken: firstToken,
      attempt: 0,
      message: writeMessage(one),
    });
  });

  test('fails, whatever else it waits for, and whatever time', async () => {
    const { pass, stored } = anAdmission([aQueuedItem({ id: b }), failed]);
    await pass(dependingOn([b, a], t0 + 1_000_000));
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'DependencyError' } });
  });

  test('is not seen waiting first', async () => {
    const { pass, calls } = anAdmission([failed, aQueuedItem()]);
    await pass(one);
    expect(calls).toEqual(['read', 'read', 'read', 'write failUnclaimed']);
  });

  test('has those look that wait for it in turn, before its message goes', async () => {
    const { pass, waiting, stored } = anAdmission([failed, aQueuedItem({ dependents }), dependent]);
    waiting.failing.add('send');
    await expect(pass(one)).rejects.toThrow('send fails');
    expect(stored()?.status).toBe('failed');
    waiting.failing.clear();
    expect(await pass(one, { receiveCount: 2 })).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(waiting.sent).toEqual([itsWake]);
  });

  test('is not failed if it changed meanwhile: its message comes redelivered at once', async () => {
    const claimed = aRunningItem({ claimId: 'a claim' });
    const { pass, stored } = anAdmission([failed, aQueuedItem()], (call, items) => {
      if (call === 'write failUnclaimed') items.set(jobId, claimed);
    });
    expect(await pass(one)).toMatchObject({ kind: 'return', visibleAt: t0, message: one });
    expect(stored()).toEqual(claimed);
  });

  test('runs once that one has been retried and has succeeded, and this one is retried, too', async () => {
    const { pass, store, stored, runQueues } = anAdmission([failed, aQueuedItem()]);
    await pass(one);
    store.items.set(a, aFailedItem({ id: a, status: 'succeeded' }));
    const next = { ...one, run: 2 };
    expect(await pass(next)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect((await pass(next, { receiveCount: 2 })).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'queued', run: 2 });
    expect(runQueues.long.sent).toEqual([{ message: next, delaySeconds: 0 }]);
  });
});

test('a job without dependencies is broken by none', async () => {
  const { pass, runQueues } = anAdmission();
  await pass(aMessage());
  expect(runQueues.long.sent).toEqual([{ message: aMessage(), delaySeconds: 0 }]);
});
