import { describe, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../../../shared/job/message.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { anAdmission } from '../../../fakes/admission.ts';
import { dependingOn } from '../../../fakes/dependents.ts';
import {
  aDelivery,
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  ids,
  jobId,
  t0,
} from '../../../fakes/samples.ts';

const [a, b] = [anId(7), anId(8)];
const message = dependingOn([a, b]);
const wakeOf = (sent: JobMessage): JobMessage => ({ ...sent, wake: true });
const done = (id: string) => aFailedItem({ id, status: 'succeeded', message: undefined });
const noted = (id: string) => aQueuedItem({ id, dependents: new Set([jobId]) });
const parked = aQueuedItem({ status: 'waiting', dependsOn: [a, b], message: writeMessage(message) });
const opened = { ...parked, status: 'queued', admittedBy: 'of another wake' } as const;
const ready = [done(a), done(b)];

describe('a wake', () => {
  test('of a job that may run sends it on, as it was submitted, and is deleted', async () => {
    const { pass, stored, runQueues, waiting } = anAdmission([...ready, parked]);
    expect(await pass(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(stored()).toMatchObject({ status: 'queued', message: writeMessage(message) });
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    expect(waiting.sent).toEqual([]);
  });

  test.each([
    ['waits for another job', message, [done(a), noted(b)]],
    ['waits for one that will not wake it', message, [done(a), aQueuedItem({ id: b, dependents: ids(500) })]],
    ['is not due for more than a minute', dependingOn([a, b], t0 + 60_001), ready],
  ])('of a job that %s is deleted: the message itself comes yet', async (_what, sent, items) => {
    const { pass, stored, runQueues, calls } = anAdmission([...items, parked]);
    expect((await pass(wakeOf(sent))).kind).toBe('delete');
    expect(stored()).toBe(parked);
    expect(runQueues.long.sent).toEqual([]);
    expect(calls).not.toContain('write defer');
  });

  test('of a job that another let through is deleted, and sends no second copy', async () => {
    const { pass, stored, runQueues } = anAdmission([...ready, opened]);
    expect(await pass(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job was admitted already' });
    expect(stored()).toBe(opened);
    expect(runQueues.long.sent).toEqual([]);
  });

  test('that died before it sent on the job it had let through does so when it comes again', async () => {
    const { messageId } = aDelivery();
    const { pass, runQueues } = anAdmission([...ready, { ...opened, admittedBy: messageId }]);
    expect((await pass(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('that comes again sends no copy of what another has let through: else those of an outage multiply', async () => {
    const { pass, runQueues } = anAdmission([...ready, opened]);
    expect((await pass(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([]);
  });

  test('whose transition was made unheard knows it for its own, and sends the job on', async () => {
    const { pass, store, stored, runQueues } = anAdmission([...ready, parked]);
    const write: JobStore['write'] = store.write.bind(store);
    store.write = async (made) => {
      if (made.transition === 'admit') await write(made);
      return write(made);
    };
    expect(await pass(wakeOf(message))).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(stored()?.status).toBe('queued');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('that cannot send the job on does so when it comes again', async () => {
    const { pass, runQueues } = anAdmission([...ready, parked]);
    runQueues.long.failing.add('send');
    await expect(pass(wakeOf(message))).rejects.toThrow('send fails');
    runQueues.long.failing.clear();
    expect((await pass(wakeOf(message), { receiveCount: 2 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('of many at once: one sends the job on', async () => {
    const { pass, runQueues } = anAdmission([...ready, parked]);
    const wakes = ['one', 'two', 'three', 'four'].map((messageId) => pass(wakeOf(message), { messageId }));
    for (const disposition of await Promise.all(wakes)) expect(disposition.kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('is saved without its mark when it parks or fails the job', async () => {
    for (const dependency of [noted(b), aFailedItem({ id: b })]) {
      const { pass, stored } = anAdmission([done(a), dependency, aQueuedItem()]);
      await pass(wakeOf(message));
      expect(stored()?.status).toBe(dependency.status === 'failed' ? 'failed' : 'waiting');
      expect(stored()?.message).toBe(writeMessage(message));
    }
  });
});

describe('the message itself', () => {
  test('sends the job on, whoever let it through: a wake may have died of it', async () => {
    const { pass, runQueues } = anAdmission([...ready, opened]);
    expect(await pass(message)).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test.each([
    ['waits for a worker', {}],
    ['waits for its next slice', { slices: 1, fencingToken: 1 }],
    ['has just been asleep', { status: 'waiting', notBefore: t0 - 1, slices: 1, fencingToken: 1 }],
  ] as const)(
    'fails no job for a dependency that has expired since it was let through, if it %s',
    async (_what, over) => {
      const { pass, stored, runQueues } = anAdmission([done(a), { ...opened, ...over }]);
      expect((await pass(message, { receiveCount: 2 })).kind).toBe('delete');
      expect(stored()).toEqual({ ...opened, ...over });
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    },
  );
});

test.each([1, 60_000])(
  'a wake of a job that is due in %d ms waits for it: by another clock it was due',
  async (ms) => {
    const early = dependingOn([a, b], t0 + ms);
    const { pass, runQueues } = anAdmission([...ready, { ...parked, runAt: t0 + ms }]);
    expect(await pass(wakeOf(early))).toMatchObject({ kind: 'return', visibleAt: t0 + ms });
    expect(runQueues.long.sent).toEqual([]);
  },
);

describe('a wake that is kept is still a wake, should it be sent anew', () => {
  const kept: readonly [
    what: string,
    at: string,
    items: Parameters<typeof anAdmission>[0],
    sent?: JobMessage,
  ][] = [
    ['the item changed when it was parked', 'write defer', [done(a), noted(b), aQueuedItem()]],
    ['the item changed when it was failed', 'write failUnclaimed', [done(a), parked]],
    ['the item changed when it was retried', 'write retry', [aFailedItem()], aMessage({ run: 2 })],
    ['the job was retried', '', [aFailedItem()], aMessage({ run: 2 })],
  ];
  test.each(kept)('as %s', async (_what, at, items, sent = message) => {
    const hindering = () =>
      anAdmission(items, (call, stored) => {
        if (call === at) stored.set(jobId, aQueuedItem({ run: 3 }));
      });
    expect(await hindering().pass(wakeOf(sent))).toMatchObject({
      kind: 'return',
      message: { ...sent, wake: true },
    });
    expect(await hindering().pass(sent)).toMatchObject({ kind: 'return', message: sent });
  });
});
