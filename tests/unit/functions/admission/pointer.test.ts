import { describe, expect, test } from '@jest/globals';
import { FutureRunError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { textInObject } from '../../../../shared/job/kept-text.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { scheduleNameOf } from '../../../../shared/job/pointer.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, dayMs, jobId } from '../../../set-ups/samples.ts';

const pointer = { kind: 'pointer', version: 2, id: jobId, run: 1, fingerprint: 'a fingerprint' } as const;
const dueIn = (ms: number) => {
  const message = aMessage({ options: { maxAttempts: 3, runAt: t0 + ms } });
  const kept = { runAt: t0 + ms, message: writeMessage(message) };
  return { message, item: aQueuedItem({ status: 'waiting', ...kept }) };
};

const lost = aQueuedItem({ status: 'waiting', runAt: t0, message: textInObject('messages/waiting/gone') });

describe('a pointer', () => {
  test.each([
    [100_000, 100],
    [0, 0],
    [-dayMs, 0],
  ])('to a job that is due in %d ms sends its message to its run queue', async (ms, delaySeconds) => {
    const { message, item } = dueIn(ms);
    const { receive, runQueues, stored } = anAdmission([item]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds }]);
    expect(stored()).toEqual(item);
  });

  test('that comes days too early makes sure that there is a schedule, and runs nothing', async () => {
    const { item } = dueIn(5 * dayMs);
    const { receive, runQueues, schedules, calls } = anAdmission([item]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([]);
    expect(schedules.schedules.size).toBe(1);
    expect(calls).toEqual(['read', 'create schedule']);
  });

  test.each([
    ['is gone', []],
    ['is of another request', [aQueuedItem({ fingerprint: 'another' })]],
    ['was retried', [{ ...dueIn(0).item, run: 2 }]],
    ['was erased', [aFailedItem({ erased: true, fingerprint: 'erased', message: undefined })]],
    ['has its message in a queue', [aQueuedItem()]],
    ['is running', [aRunningItem()]],
    ['sleeps', [{ ...dueIn(-1).item, notBefore: t0 + 60_000 }]],
    ['has slept', [{ ...dueIn(-1).item, notBefore: t0 - 60_000 }]],
    ['waits for another job', [{ ...dueIn(-1).item, dependsOn: [dependent.id] }]],
    ['sleeps, its copy of the message being lost', [{ ...lost, notBefore: t0 + 60_000 }]],
  ])('to a job that %s is deleted', async (_what, items) => {
    const { receive, runQueues, stored, waiting } = anAdmission(items);
    expect((await receive(pointer)).kind).toBe('delete');
    expect([runQueues.long.sent, waiting.quarantined]).toEqual([[], []]);
    expect(stored()).toEqual(items[0]);
  });

  test.each([
    ['sleeps', { notBefore: t0 + dayMs }],
    ['waits for another job', { dependsOn: [dependent.id] }],
  ])('to a job that %s carries out the cancel that was requested', async (_what, over) => {
    const { receive, stored } = anAdmission([{ ...dueIn(-1).item, ...over, cancelRequested: true }]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(stored()?.status).toBe('canceled');
  });

  test('of a run that the item does not know is returned, as after a restore', async () => {
    const { receive } = anAdmission([dueIn(0).item]);
    await expect(receive({ ...pointer, run: 2 })).rejects.toThrow(FutureRunError);
  });

  test.each(['canceled', 'failed', 'succeeded'] as const)(
    'to a job that is %s announces its end again, and deletes its schedule',
    async (status) => {
      const notify = [{ event: true as const }];
      const item = aFailedItem({ status, runAt: t0 + dayMs, dependents, notify });
      const { receive, schedules, waiting, notifications } = anAdmission([item, dependent]);
      const name = scheduleNameOf(pointer, t0 + dayMs);
      await schedules.create({ name, at: t0 + 60_000, message: pointer });
      expect((await receive(pointer)).kind).toBe('delete');
      expect(waiting.sent).toEqual([itsWake]);
      expect(notifications.sent).toMatchObject([{ message: { jobId }, delaySeconds: 60 }]);
      expect(schedules.schedules.size).toBe(0);
    },
  );

  test('does its work even if the schedule cannot be deleted', async () => {
    const { receive, schedules, log } = anAdmission([aFailedItem({ status: 'canceled', runAt: t0 + dayMs })]);
    schedules.isFailing = true;
    expect((await receive(pointer)).kind).toBe('delete');
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'schedule not deleted' }]);
  });

  test('to a job whose message is lost fails it, visibly', async () => {
    const { receive, stored } = anAdmission([lost]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'MessageLostError' } });
    expect(stored()?.failedKey).toBe(lost.listKey);
  });

  test('fails nothing if the message was moved while it was read', async () => {
    const moved: JobItem = { ...lost, updatedAt: t0 + 1 };
    const { receive, stored } = anAdmission([lost], (call, items) => {
      if (call === 'write failForgotten') items.set(jobId, moved);
    });
    expect(await receive(pointer)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(stored()).toEqual(moved);
  });

  test.each([
    { ...pointer, id: 'no id' },
    { ...pointer, more: 1 },
    { ...pointer, run: 0 },
  ])('that is none goes to quarantine: %j', async (text) => {
    const { receive, waiting } = anAdmission([]);
    expect((await receive(text)).kind).toBe('delete');
    expect(waiting.quarantined).toHaveLength(1);
  });
});
