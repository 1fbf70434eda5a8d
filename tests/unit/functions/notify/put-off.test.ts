import { describe, expect, test } from '@jest/globals';
import { firesAt } from '../../../../shared/job/schedule-time.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aNotification, aNotifyFunction } from '../../../set-ups/notify.ts';

describe('a notification that', () => {
  test('is due in more than 15 minutes is left to a schedule, some minutes early', async () => {
    const { deliver, notifications, schedules } = aNotifyFunction();
    const dueAt = t0 + 5_000_000;
    for (const _copy of [1, 2]) await deliver(aNotification({ dueAt, attempts: 7 }));
    expect(notifications.sent).toEqual([]);
    const [schedule, ...others] = [...schedules.schedules.values()];
    expect(others).toEqual([]);
    expect(schedule?.message).toEqual(aNotification({ dueAt, attempts: 7 }));
    expect(schedule?.at).toBe(firesAt(schedule?.name ?? '', dueAt));
  });

  test('is sent anew for a quarter of an hour if no schedule can be made', async () => {
    const { deliver, notifications, schedules, log } = aNotifyFunction();
    schedules.isFailing = true;
    const message = aNotification({ dueAt: t0 + 5_000_000 });
    expect((await deliver(message)).kind).toBe('delete');
    expect(notifications.sent).toEqual([{ message, delaySeconds: 900 }]);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'notification not scheduled' }]);
  });

  test('has another schedule for each attempt, each target and each end', async () => {
    const { deliver, schedules } = aNotifyFunction();
    const dueAt = t0 + 5_000_000;
    for (const other of [{}, { attempts: 3 }, { position: 1 }, { finishedAt: t0 - 100 }, { run: 2 }])
      await deliver(aNotification({ dueAt, ...other }));
    expect(schedules.schedules.size).toBe(5);
  });

  test('is read, too, as Scheduler puts it into a dead-letter queue', async () => {
    const { deliverText, told } = aNotifyFunction();
    const MessageBody = JSON.stringify(aNotification());
    expect((await deliverText(JSON.stringify({ MessageBody, QueueUrl: 'https://sqs' }))).kind).toBe('delete');
    expect(told).toHaveLength(1);
  });
});
