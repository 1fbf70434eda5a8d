import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { scheduleNameOf } from '../../../../shared/job/pointer.ts';
import { SchedulesUnavailableError } from '../../../../shared/job/schedule-errors.ts';
import { firesAt } from '../../../../shared/job/schedule-time.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { aFailedItem, aMessage, aQueuedItem, dayMs, jobId } from '../../../set-ups/samples.ts';

const runAt = t0 + 300 * dayMs;
const message = aMessage({ options: { maxAttempts: 3, runAt } });
const pointer = { kind: 'pointer', version: 2, id: jobId, run: 1, fingerprint: 'a fingerprint' } as const;
const waiting = aQueuedItem({ status: 'waiting', runAt });
const postponed = { ...waiting, message: writeMessage(message), updatedAt: t0 };

describe('a job that is due in more than 15 minutes', () => {
  test.each([
    ['has no item yet', []],
    ['is waiting', [waiting]],
    ['was canceled and retried', [aQueuedItem({ runAt })]],
  ])('is left to a schedule that comes some minutes early, if it %s', async (_what, items) => {
    const { admit, stored, schedules, runQueues } = anAdmission(items);
    expect(await admit(message)).toEqual({
      kind: 'delete',
      why: 'a schedule brings the job back when it is due',
    });
    expect(stored()).toEqual(postponed);
    const name = scheduleNameOf(pointer, runAt);
    const at = firesAt(name, runAt);
    expect([...schedules.schedules.values()]).toEqual([{ name, at, message: pointer }]);
    expect(runQueues.long.sent).toEqual([]);
  });

  test('keeps its message before its schedule is made', async () => {
    const { admit, calls } = anAdmission([waiting]);
    await admit(message);
    expect(calls).toEqual(['read', 'write postpone', 'create schedule']);
  });

  test('is not written again when its message is redelivered, and has one schedule', async () => {
    const { admit, calls, schedules } = anAdmission([postponed]);
    expect((await admit(message, { receiveCount: 2 })).kind).toBe('delete');
    expect((await admit(message, { receiveCount: 3 })).kind).toBe('delete');
    expect(calls).toEqual(['read', 'create schedule', 'read', 'create schedule']);
    expect(schedules.schedules.size).toBe(1);
  });

  test('stays in the queue while Scheduler throttles', async () => {
    const { admit, schedules, stored } = anAdmission([waiting]);
    schedules.isFailing = true;
    await expect(admit(message)).rejects.toThrow(SchedulesUnavailableError);
    expect(stored()).toEqual(postponed);
    schedules.isFailing = false;
    expect((await admit(message, { receiveCount: 2 })).kind).toBe('delete');
  });

  test('is looked at again if it changes at that moment', async () => {
    const { admit, schedules } = anAdmission([waiting], (call, items) => {
      if (call === 'write postpone')
        items.set(jobId, aFailedItem({ status: 'canceled', message: undefined }));
    });
    expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 });
    expect(schedules.schedules.size).toBe(0);
  });

  test.each([
    ['another run', { run: 2 }, runAt],
    ['another request', { fingerprint: 'another' }, runAt],
    ['another time', {}, runAt + 1],
  ])('has a schedule of another name in %s', (_what, over, at) => {
    expect(scheduleNameOf({ ...pointer, ...over }, at)).not.toBe(scheduleNameOf(pointer, runAt));
  });

  test('has a name that Scheduler takes, also in its ten thousandth run', () => {
    expect(scheduleNameOf({ ...pointer, run: 10_000 }, runAt)).toMatch(/^[\w.-]{1,64}$/);
  });
});
