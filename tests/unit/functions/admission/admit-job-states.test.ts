import { describe, expect, test } from '@jest/globals';
import { QueueUnavailableError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { anAdmission } from '../../../fakes/admission.ts';
import { dependent, dependents, dependingOn, itsWake } from '../../../fakes/dependents.ts';
import { aFailedItem, aMessage, anId, aQueuedItem, aRunningItem, t0 } from '../../../fakes/samples.ts';

const a = anId(7);
const message = dependingOn([a]);
const done = aFailedItem({ id: a, status: 'succeeded' });
const dead = { leaseUntil: t0 - 1 };

describe('a message of a job that a worker has had', () => {
  const items = [
    ['runs', aRunningItem()],
    ['has lost its worker', aRunningItem(dead)],
    ['has lost its last worker', aRunningItem({ ...dead, attempt: 3 })],
    ['is to be tried again', aQueuedItem({ notBefore: t0 + 1, attempt: 1 })],
    ['sleeps', aQueuedItem({ status: 'waiting', notBefore: t0 + 1, message: writeMessage(message) })],
  ] as const;

  test.each(items)('and that %s is deleted: the run queue has another', async (_what, item) => {
    for (const sent of [message, { ...message, wake: true as const }]) {
      const { pass, stored, runQueues, calls } = anAdmission([done, item]);
      expect(await pass(sent)).toEqual({ kind: 'delete', why: 'the job was admitted already' });
      expect(stored()).toBe(item);
      expect(runQueues.long.sent).toEqual([]);
      expect(calls).toEqual(['read']);
    }
  });

  test('and is to stop, with no worker to heed it, cancels the job', async () => {
    const item = aRunningItem({ ...dead, cancelRequested: true, dependents });
    const { pass, stored, waiting } = anAdmission([done, item, dependent]);
    expect(await pass(message)).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(stored()).toMatchObject({ status: 'canceled', message: writeMessage(message) });
    expect(waiting.sent).toEqual([itsWake]);
  });
});

describe('a message of a job that has ended', () => {
  test.each(['succeeded', 'failed'] as const)(
    '%s, is deleted; what was done at its delivery before is done again',
    async (status) => {
      const { pass, stored, waiting } = anAdmission([aFailedItem({ status, dependents }), dependent]);
      expect(await pass(message)).toEqual({ kind: 'delete', why: `the job is ${status}` });
      expect(waiting.sent).toEqual([]);
      expect(await pass(message, { receiveCount: 2 })).toEqual({
        kind: 'delete',
        why: `the job is ${status}`,
      });
      expect(waiting.sent).toEqual([itsWake]);
      expect(stored()).toEqual(aFailedItem({ status, dependents }));
    },
  );

  test('canceled while it waited for its time, saves itself, for a retry, and wakes those that wait', async () => {
    const scheduled = aMessage({ options: { maxAttempts: 3, runAt: t0 + 1 } });
    const item = aFailedItem({ status: 'canceled', message: undefined, dependents });
    const { pass, stored, waiting } = anAdmission([item, dependent]);
    expect(await pass(scheduled)).toEqual({ kind: 'delete', why: 'the job is canceled' });
    expect(stored()).toEqual({ ...item, message: writeMessage(scheduled) });
    expect(waiting.sent).toEqual([itsWake]);
  });
});

describe('a message of the next run', () => {
  const next = { ...message, run: 2 };

  test('makes the retry that its sender has not written, and comes again at once to be looked at', async () => {
    const { pass, stored, runQueues } = anAdmission([done, aFailedItem()]);
    expect(await pass(next)).toMatchObject({ kind: 'return', visibleAt: t0, message: next });
    expect(stored()).toMatchObject({ status: 'queued', run: 2, attempt: 0 });
    expect(runQueues.long.sent).toEqual([]);
  });

  test('waits again if the job must', async () => {
    const { pass, stored } = anAdmission([
      aQueuedItem({ id: a }),
      aQueuedItem({ run: 2, message: writeMessage(message) }),
    ]);
    expect((await pass(next)).kind).toBe('return');
    expect(stored()).toMatchObject({ status: 'waiting', run: 2, message: writeMessage(next) });
    expect(stored(a)?.dependents?.size).toBe(1);
  });
});

const retriedSince = 'the job was retried since';
const anotherRequest = 'another request was accepted under this id';
test.each([
  ['an earlier run', aQueuedItem({ status: 'waiting', run: 2 }), retriedSince],
  ['an earlier run of a job that runs', aRunningItem({ run: 2 }), retriedSince],
  ['another request', aQueuedItem({ status: 'waiting', fingerprint: 'another' }), anotherRequest],
  ['another request that runs', aRunningItem({ fingerprint: 'another' }), anotherRequest],
])('a message of %s is deleted, and sent nowhere', async (_what, item, why) => {
  const { pass, stored, runQueues, calls } = anAdmission([done, item]);
  expect(await pass(message)).toEqual({ kind: 'delete', why });
  expect(stored()).toBe(item);
  expect(runQueues.long.sent).toEqual([]);
  expect(calls).toEqual(['read']);
});

describe('trouble at the gate', () => {
  test.each(['', '?', '{}'])('a message like %j is put aside for a person', async (body) => {
    const { pass, waiting, log } = anAdmission();
    expect((await pass(message, { body })).kind).toBe('delete');
    expect(waiting.quarantined).toEqual([{ body, reason: expect.stringMatching(/./) }]);
    expect(log.lines).toMatchObject([{ level: 'error' }]);
  });

  test('what cannot be put aside is kept', async () => {
    const { pass, waiting } = anAdmission();
    waiting.failing.add('quarantine');
    await expect(pass(message, { body: '?' })).rejects.toThrow(QueueUnavailableError);
  });

  test.each(['read', 'write registerDependent', 'write defer'])(
    'no message goes if the table is out of reach at "%s"',
    async (at) => {
      const { pass, runQueues } = anAdmission([aQueuedItem({ id: a }), aQueuedItem()], (call) => {
        if (call === at) throw new StoreUnavailableError('no');
      });
      await expect(pass(message)).rejects.toThrow(StoreUnavailableError);
      expect(runQueues.long.sent).toEqual([]);
    },
  );

  test('no message goes before the job is sent on; it is when the message comes again', async () => {
    const { pass, stored, runQueues } = anAdmission([done, aQueuedItem({ status: 'waiting' })]);
    runQueues.long.failing.add('send');
    await expect(pass(message)).rejects.toThrow(QueueUnavailableError);
    expect(stored()?.status).toBe('queued');
    runQueues.long.failing.clear();
    expect((await pass(message, { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });
});
