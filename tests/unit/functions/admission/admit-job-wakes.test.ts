import { describe, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../../../shared/job/message.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependingOn } from '../../../set-ups/dependents.ts';
import { aDelivery, aFailedItem, aMessage, anId, aQueuedItem, ids, jobId } from '../../../set-ups/samples.ts';

const [a, b] = [anId(7), anId(8)];
const message = dependingOn([a, b]);
const wakeOf = (original: JobMessage): JobMessage => ({ ...original, wake: true });
const succeeded = (id: string) => aFailedItem({ id, status: 'succeeded', message: undefined });
const registered = (id: string) => aQueuedItem({ id, dependents: new Set([jobId]) });
const deferred = aQueuedItem({ status: 'waiting', dependsOn: [a, b], message: writeMessage(message) });
const admittedByAnother = { ...deferred, status: 'queued', admittedBy: 'of another wake' } as const;
const allSucceeded = [succeeded(a), succeeded(b)];

describe('for a wake, admission', () => {
  test('sends the original message of a job that may run to its run queue, and deletes the wake', async () => {
    const { admit, stored, runQueues, waiting } = anAdmission([...allSucceeded, deferred]);
    expect(await admit(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(stored()).toMatchObject({ status: 'queued', message: writeMessage(message) });
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    expect(waiting.sent).toEqual([]);
  });

  test.each([
    ['still waits for another job', message, [succeeded(a), registered(b)]],
    [
      'still waits for a job that will not wake it',
      message,
      [succeeded(a), aQueuedItem({ id: b, dependents: ids(500) })],
    ],
    ['is due in more than a minute', dependingOn([a, b], t0 + 60_001), allSucceeded],
  ])(
    'deletes the wake of a job that %s, because the original message is still in the queue',
    async (_what, original, items) => {
      const { admit, stored, runQueues, calls } = anAdmission([...items, deferred]);
      expect((await admit(wakeOf(original))).kind).toBe('delete');
      expect(stored()).toBe(deferred);
      expect(runQueues.long.sent).toEqual([]);
      expect(calls).not.toContain('write defer');
    },
  );

  test('deletes the wake of a job that another wake has admitted, and sends no second copy', async () => {
    const { admit, stored, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
    expect(await admit(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job was admitted already' });
    expect(stored()).toBe(admittedByAnother);
    expect(runQueues.long.sent).toEqual([]);
  });

  test('sends the job on when a wake is redelivered that had admitted the job and then crashed', async () => {
    const { messageId } = aDelivery();
    const { admit, runQueues } = anAdmission([
      ...allSucceeded,
      { ...admittedByAnother, admittedBy: messageId },
    ]);
    expect((await admit(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('sends no copy when a wake is redelivered but another wake has admitted the job', async () => {
    const { admit, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
    expect((await admit(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([]);
  });

  test('sends the job on if the answer to its own admit write was lost', async () => {
    const { admit, store, stored, runQueues } = anAdmission([...allSucceeded, deferred]);
    const write: JobStore['write'] = store.write.bind(store);
    store.write = async (admitWrite) => {
      if (admitWrite.transition === 'admit') await write(admitWrite);
      return write(admitWrite);
    };
    expect(await admit(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(stored()?.status).toBe('queued');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('throws if the run queue cannot be reached, and sends the job on when the wake is redelivered', async () => {
    const { admit, runQueues } = anAdmission([...allSucceeded, deferred]);
    runQueues.long.failing.add('send');
    await expect(admit(wakeOf(message))).rejects.toThrow('send fails');
    runQueues.long.failing.clear();
    expect((await admit(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('sends the job on once when several wakes arrive at the same time', async () => {
    const { admit, runQueues } = anAdmission([...allSucceeded, deferred]);
    const wakes = ['one', 'two', 'three', 'four'].map((messageId) => admit(wakeOf(message), { messageId }));
    for (const disposition of await Promise.all(wakes)) expect(disposition.kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('saves the message without the wake mark when it defers or fails the job', async () => {
    for (const dependency of [registered(b), aFailedItem({ id: b })]) {
      const { admit, stored } = anAdmission([succeeded(a), dependency, aQueuedItem()]);
      await admit(wakeOf(message));
      expect(stored()?.status).toBe(dependency.status === 'failed' ? 'failed' : 'waiting');
      expect(stored()?.message).toBe(writeMessage(message));
    }
  });
});

describe('for the original message, admission', () => {
  test('sends the job on even if a wake has admitted it, because that wake may have crashed', async () => {
    const { admit, runQueues } = anAdmission([...allSucceeded, admittedByAnother]);
    expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test.each([
    ['waits for a worker', {}],
    ['waits for its next slice', { slices: 1, fencingToken: 1 }],
    ['has slept until a moment ago', { status: 'waiting', notBefore: t0 - 1, slices: 1, fencingToken: 1 }],
  ] as const)(
    'sends the job on, although a dependency has expired since the job was admitted, if the job %s',
    async (_what, over) => {
      const { admit, stored, runQueues } = anAdmission([succeeded(a), { ...admittedByAnother, ...over }]);
      expect((await admit(message, { receiveCount: 2 })).kind).toBe('delete');
      expect(stored()).toEqual({ ...admittedByAnother, ...over });
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    },
  );
});

test.each([1, 60_000])(
  'admission returns a wake that arrives %d ms early until the job is due, because clocks may differ',
  async (ms) => {
    const notYetDue = dependingOn([a, b], t0 + ms);
    const { admit, runQueues } = anAdmission([...allSucceeded, { ...deferred, runAt: t0 + ms }]);
    expect(await admit(wakeOf(notYetDue))).toMatchObject({ kind: 'return', visibleAt: t0 + ms });
    expect(runQueues.long.sent).toEqual([]);
  },
);

describe('admission keeps the wake mark on a wake that it returns', () => {
  const cases: readonly [
    what: string,
    changedAt: string,
    items: Parameters<typeof anAdmission>[0],
    original?: JobMessage,
  ][] = [
    ['the item changed before it was deferred', 'write defer', [succeeded(a), registered(b), aQueuedItem()]],
    ['the item changed before it was failed', 'write failUnclaimed', [succeeded(a), deferred]],
    ['the item changed before it was retried', 'write retry', [aFailedItem()], aMessage({ run: 2 })],
    ['the wake made the retry', '', [aFailedItem()], aMessage({ run: 2 })],
  ];
  test.each(cases)('if %s', async (_what, changedAt, items, original = message) => {
    const admission = () =>
      anAdmission(items, (call, stored) => {
        if (call === changedAt) stored.set(jobId, aQueuedItem({ run: 3 }));
      });
    expect(await admission().admit(wakeOf(original))).toMatchObject({
      kind: 'return',
      message: { ...original, wake: true },
    });
    expect(await admission().admit(original)).toMatchObject({ kind: 'return', message: original });
  });
});
