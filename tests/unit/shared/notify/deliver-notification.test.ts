import { describe, expect, test } from '@jest/globals';
import {
  NewerVersionError,
  QueueUnavailableError,
  StoreUnavailableError,
} from '../../../../shared/domain/base/errors.ts';
import { firesAt } from '../../../../shared/domain/base/schedule-time.ts';
import { notificationsOf } from '../../../../shared/domain/state/stored/notifications-of.ts';
import { type Attempt, down } from '../../../../shared/notify/attempt.ts';
import { jobEnd } from '../../../../shared/notify/job-end.ts';
import { maxAttempts, waitAfter } from '../../../../shared/notify/retry-plan.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aNotification, aNotifyFunction, anEndedItem } from '../../../set-ups/notify.ts';
import { aQueuedItem, jobId, newerVersion } from '../../../set-ups/samples.ts';

const failing = { kind: 'failed', why: 'HTTP 500' } as const;
const withRecord = (status: string, attempts: number) =>
  anEndedItem({ notification: JSON.stringify([{ status, attempts }, null]) });

describe('a notification that is delivered', () => {
  test('is recorded, and deleted; the outcome and `updatedAt` stay as they are', async () => {
    const { deliver, stored, notified, notifications } = aNotifyFunction();
    expect((await deliver()).kind).toBe('delete');
    expect(notified).toEqual([{ at: t0, message: aNotification() }]);
    expect(stored()).toEqual(withRecord('delivered', 1));
    expect(notifications.sent).toEqual([]);
  });

  test('is recorded beside the others of the job', async () => {
    const { deliver, records } = aNotifyFunction();
    await deliver();
    await deliver(aNotification({ target: { event: true }, position: 1 }));
    expect(records()).toEqual([
      { status: 'delivered', attempts: 1 },
      { status: 'delivered', attempts: 1 },
    ]);
  });

  test('is recorded by another try if somebody else writes meanwhile', async () => {
    let races = 0;
    const { deliver, records } = aNotifyFunction({
      before: (call, items) => {
        if (call !== 'write recordNotification' || races === 3) return;
        races += 1;
        const other = { status: 'pending', attempts: races };
        items.set(jobId, anEndedItem({ notification: JSON.stringify([null, other]) }));
      },
    });
    await deliver();
    expect(records()).toEqual([
      { status: 'delivered', attempts: 1 },
      { status: 'pending', attempts: 3 },
    ]);
  });
});

describe('a notification from the common queue', () => {
  test('goes to the queue of slow receivers, and is neither sent nor recorded, while nobody knows that its endpoint is quick', async () => {
    const calls: string[] = [];
    const { deliver, slowNotifications, notified, stored } = aNotifyFunction({
      isCommon: true,
      before: (call) => calls.push(call),
    });
    expect((await deliver()).kind).toBe('delete');
    expect(slowNotifications.sent).toEqual([{ message: aNotification(), delaySeconds: 0 }]);
    expect([calls, notified, stored()]).toEqual([[], [], anEndedItem()]);
  });

  test('is sent from there, and the next one at once', async () => {
    const { deliver, deliverSlow, slowNotifications, notified, records } = aNotifyFunction({
      isCommon: true,
    });
    await deliver();
    for (const message of slowNotifications.take()) await deliverSlow(message);
    expect(records()[0]).toEqual({ status: 'delivered', attempts: 1 });
    await deliver(aNotification({ jobId: 'another job' }));
    expect([notified.length, slowNotifications.sent.length]).toEqual([2, 1]);
  });

  test('to no endpoint is sent at once', async () => {
    const { deliver, slowNotifications, notified } = aNotifyFunction({ isCommon: true });
    await deliver(aNotification({ target: { event: true }, position: 1 }));
    expect([notified.length, slowNotifications.sent.length]).toEqual([1, 0]);
  });

  test('that is not due is put off, and goes there when it is', async () => {
    const { deliver, notifications, slowNotifications } = aNotifyFunction({ isCommon: true });
    await deliver(aNotification({ dueAt: t0 + 60_000 }));
    expect([notifications.sent.length, slowNotifications.sent.length]).toEqual([1, 0]);
  });

  test('has its next attempt from the common queue again, and then without a detour if the endpoint has answered quickly', async () => {
    const { deliver, deliverSlow, notifications, slowNotifications, notified, clock } = aNotifyFunction({
      isCommon: true,
      attempts: [failing, { kind: 'delivered' }],
    });
    await deliver();
    for (const message of slowNotifications.take()) await deliverSlow(message);
    await clock.advance(5_000);
    for (const message of notifications.take()) await deliver(message);
    expect([notified.length, slowNotifications.sent.length]).toEqual([2, 1]);
  });

  test('whose endpoint is down is parked there', async () => {
    const { deliver, deliverSlow, slowNotifications, endpoints, notified } = aNotifyFunction({
      ...{ isCommon: true, attempts: [down('no answer')], limits: { failures: 1 } },
    });
    await deliverSlow();
    await deliver(aNotification({ jobId: 'another job' }));
    const parked = [...endpoints.parked.values()].flatMap((all) => [...all.values()]);
    expect([parked.length, notified.length, slowNotifications.sent]).toEqual([2, 1, []]);
  });

  test('stays in its queue if the other one takes no message', async () => {
    const { deliver, slowNotifications, notified } = aNotifyFunction({ isCommon: true });
    slowNotifications.isFailing = true;
    await expect(deliver()).rejects.toThrow(QueueUnavailableError);
    expect(notified).toEqual([]);
  });
});

describe('a notification of a suspended tenant', () => {
  const heldBack = (attempts: number) => ({
    status: 'failed',
    attempts,
    lastError: 'the tenant is suspended',
    suspended: true,
  });

  test('is notified to nobody, and recorded as held back, with the attempts that there were', async () => {
    const { deliver, notified, records, suspended, notifications, deadLetters, log } = aNotifyFunction();
    suspended.add('a tenant');
    expect(await deliver()).toEqual({ kind: 'delete', why: 'the tenant is suspended' });
    await deliver(aNotification({ position: 1, attempts: 3 }));
    expect([notified, notifications.sent, deadLetters.sent]).toEqual([[], [], []]);
    expect(records()).toEqual([heldBack(0), heldBack(3)]);
    expect(log.lines[0]).toMatchObject({ message: 'notification held back', fields: { jobId } });
  });

  test('that is sent again after that is notified', async () => {
    const { deliver, notified, records, suspended, stored } = aNotifyFunction();
    suspended.add('a tenant');
    await deliver(aNotification({ attempts: 3 }));
    suspended.clear();
    const item = stored();
    const again = item ? notificationsOf(item) : [];
    expect(again).toMatchObject([
      { position: 0, attempts: 3 },
      { position: 1, attempts: 0 },
    ]);
    await deliver(again[0]);
    expect(notified).toHaveLength(1);
    expect(records()[0]).toEqual({ status: 'delivered', attempts: 4 });
  });

  test('stays in the queue if others are in the way of its record again and again', async () => {
    let races = 0;
    const { deliver, suspended } = aNotifyFunction({
      before: (call, items) => {
        if (call !== 'write recordNotification') return;
        races += 1;
        const other = { status: 'pending', attempts: races };
        items.set(jobId, anEndedItem({ notification: JSON.stringify([null, other]) }));
      },
    });
    suspended.add('a tenant');
    expect((await deliver()).kind).toBe('return');
  });
});

describe('a notification that fails', () => {
  test('is sent anew with a delay, and then recorded', async () => {
    const calls: string[] = [];
    const { deliver, notifications, records } = aNotifyFunction({
      attempts: [failing],
      before: (call) => calls.push(call),
    });
    expect((await deliver()).kind).toBe('delete');
    expect(notifications.sent).toEqual([
      { message: aNotification({ attempts: 1, firstAt: t0, dueAt: t0 + 5_000 }), delaySeconds: 5 },
    ]);
    expect(records()).toEqual([{ status: 'pending', attempts: 1, lastError: 'HTTP 500' }, null]);
    expect(calls).toEqual(['read', 'tell', 'send', 'write recordNotification']);
  });

  test('and then succeeds has no last error', async () => {
    const { deliver, drain, records } = aNotifyFunction({ attempts: [failing, { kind: 'delivered' }] });
    await deliver();
    await drain();
    expect(records()).toEqual([{ status: 'delivered', attempts: 2 }, null]);
  });

  test('waits as long as the receiver asks for', async () => {
    const { deliver, drain, notified } = aNotifyFunction({
      attempts: [{ ...failing, retryAfterSeconds: 4_000 }, { kind: 'delivered' }],
    });
    await deliver();
    await drain();
    // SQS delays by whole seconds.
    expect(notified.map(({ at }) => Math.floor((at - t0) / 1000))).toEqual([0, 4_000]);
  });

  test('for three days is given up: a record, and no dead letter, since it is its tenant’s affair', async () => {
    const { deliver, drain, notified, deadLetters, records, log, meters } = aNotifyFunction({
      attempts: [failing],
    });
    await deliver();
    await drain();
    const days = ((notified.at(-1)?.at ?? 0) - t0) / (24 * 3_600_000);
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3.1);
    expect(notified).toHaveLength(17);
    expect(deadLetters.sent).toEqual([]);
    expect(records()).toEqual([
      { status: 'failed', attempts: 17, lastError: 'HTTP 500', givenUp: true },
      null,
    ]);
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(log.lines.at(-1)).toMatchObject({
      ...{ level: 'warn', message: 'notification given up' },
      fields: { jobId, attempts: 17, tenant: 'a tenant' },
    });
    expect(meters.sums.NotificationsGivenUp).toBe(1);
  });

  test('and was given up is tried once more when it is sent again', async () => {
    const { deliver, records, deadLetters, notifications } = aNotifyFunction({
      item: withRecord('failed', 17),
      attempts: [failing, { kind: 'delivered' }],
    });
    await deliver(aNotification({ attempts: 17 }));
    expect(deadLetters.sent).toEqual([]);
    expect(records()[0]).toMatchObject({ status: 'failed', attempts: 18, givenUp: true });
    expect(notifications.sent).toEqual([]);
    await deliver(aNotification({ attempts: 18 }));
    expect(records()).toEqual([{ status: 'delivered', attempts: 19 }, null]);
  });
});

/** A copy of the message was processed beside it. */
describe('a notification that fails while a copy of it', () => {
  test.each([
    ['is delivered leaves that record', 'delivered', 1],
    ['has had later attempts leaves that record', 'pending', 3],
    ['was given up later leaves that record', 'failed', 17],
  ])('%s', async (_what, status, attempts) => {
    const { deliver, stored } = aNotifyFunction({
      attempts: [failing],
      before: (call, items) => {
        if (call === 'tell') items.set(jobId, withRecord(status, attempts));
      },
    });
    expect((await deliver()).kind).toBe('delete');
    expect(stored()).toEqual(withRecord(status, attempts));
  });
});

class Crash extends Error {}

interface CrashPoint {
  /** Of all calls, from 1. */
  readonly call: number;
  readonly when: 'before' | 'after';
}

/** Plays a notification to its end, and crashes the function once. What was not deleted is delivered again. */
async function play(attempts: readonly Attempt[], crash?: CrashPoint) {
  const calls: string[] = [];
  let crashed = false;
  const crashIf = (isHere: boolean) => {
    if (!isHere || crashed) return;
    crashed = true;
    throw new Crash();
  };
  const notify = aNotifyFunction({
    attempts,
    before: (call) => {
      calls.push(call);
      crashIf(crash?.when === 'before' && crash.call === calls.length);
    },
    after: () => crashIf(crash?.when === 'after' && crash.call === calls.length),
  });
  const redeliver = async (text: string): Promise<void> => {
    try {
      await notify.deliverText(text);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      await redeliver(text);
    }
  };
  await notify.notifications.send(aNotification());
  await notify.drain(redeliver);
  return { ...notify, calls };
}

const failed: Attempt = { kind: 'failed', why: 'HTTP 500' };
const stories: readonly (readonly [string, readonly Attempt[], object])[] = [
  ['delivered at once', [{ kind: 'delivered' }], { status: 'delivered' }],
  ['delivered at the third attempt', [failed, failed, { kind: 'delivered' }], { status: 'delivered' }],
  ['refused at the second attempt', [failed, { kind: 'refused', why: 'HTTP 410' }], { status: 'failed' }],
  ['impossible', [{ kind: 'impossible', why: 'no bus' }], { status: 'failed', lastError: 'no bus' }],
  ['given up after three days', [failed], { status: 'failed', lastError: 'HTTP 500' }],
];

describe.each(stories)('a notification that is %s', (_what, attempts, outcome) => {
  test('ends as it would, wherever the function crashes: notified at least once, under one id', async () => {
    const undisturbed = await play(attempts);
    expect(undisturbed.records()[0]).toMatchObject(outcome);
    const points = undisturbed.calls.flatMap((_call, index) => [
      { call: index + 1, when: 'before' } as const,
      { call: index + 1, when: 'after' } as const,
    ]);
    expect(points.length).toBeGreaterThanOrEqual(6);
    for (const point of points) {
      const { notified, records, deadLetters } = await play(attempts, point);
      expect({ point, record: records()[0] }).toMatchObject({ point, record: outcome });
      expect(notified.length).toBeGreaterThanOrEqual(1);
      // A crash costs one more attempt, and the copy that it leaves ends at the first look.
      expect(notified.length).toBeLessThanOrEqual(undisturbed.notified.length + 1);
      expect(new Set(notified.map(({ message }) => jobEnd(message).id))).toEqual(
        new Set([jobEnd(aNotification()).id]),
      );
      if (undisturbed.deadLetters.sent.length > 0) expect(deadLetters.sent.length).toBeGreaterThanOrEqual(1);
    }
  });
});

describe('a notification that', () => {
  test('its receiver refuses is over at once, and is nothing for an operator', async () => {
    const { deliver, records, deadLetters, notifications } = aNotifyFunction({
      attempts: [{ kind: 'refused', why: 'HTTP 410' }],
    });
    expect((await deliver()).kind).toBe('delete');
    expect(records()).toEqual([{ status: 'failed', attempts: 1, lastError: 'HTTP 410' }, null]);
    expect([deadLetters.sent, notifications.sent]).toEqual([[], []]);
  });

  test('cannot be delivered is a dead letter at once', async () => {
    const { deliver, records, deadLetters } = aNotifyFunction({
      attempts: [{ kind: 'impossible', why: 'no bus' }],
    });
    await deliver();
    expect(deadLetters.sent).toMatchObject([{ reason: 'no bus' }]);
    expect(records()).toEqual([{ status: 'failed', attempts: 1, lastError: 'no bus' }, null]);
  });

  test('is not due is sent anew, delayed by 15 minutes at most, and nobody is notified', async () => {
    const { deliver, notified, notifications, schedules } = aNotifyFunction();
    for (const ahead of [1, 899_000, 900_000]) await deliver(aNotification({ dueAt: t0 + ahead }));
    expect(notified).toEqual([]);
    expect(notifications.sent.map(({ delaySeconds }) => delaySeconds)).toEqual([1, 899, 900]);
    expect(schedules.schedules.size).toBe(0);
  });

  test.each([
    ['was delivered', withRecord('delivered', 1), 0],
    ['was delivered, by a copy with fewer attempts', withRecord('delivered', 1), 3],
    ['has had a later attempt', withRecord('pending', 1), 0],
    ['was given up', withRecord('failed', 17), 16],
  ])('%s is deleted, and nobody is notified', async (_what, item, attempts) => {
    const { deliver, notified, stored, notifications } = aNotifyFunction({ item });
    expect((await deliver(aNotification({ attempts }))).kind).toBe('delete');
    expect([notified, notifications.sent]).toEqual([[], []]);
    expect(stored()).toEqual(item);
  });

  test.each([
    ['was retried', aQueuedItem({ run: 2, notify: [{ event: true }] })],
    ['has ended again', anEndedItem({ run: 2, notification: undefined })],
    ['was erased', anEndedItem({ notify: undefined, erased: true, fingerprint: 'erased' })],
  ])('is of a job that %s is delivered, and not recorded', async (_what, item) => {
    const { deliver, notified, stored } = aNotifyFunction({ item });
    expect((await deliver()).kind).toBe('delete');
    expect(notified).toHaveLength(1);
    expect(stored()).toEqual(item);
  });

  test('is of a job that is no longer there is delivered', async () => {
    const { deliver, notified, items } = aNotifyFunction();
    items.clear();
    await deliver();
    expect(notified).toHaveLength(1);
    expect(items.size).toBe(0);
  });

  test.each(['{', '{}', JSON.stringify({ ...aNotification(), target: { fax: '1' } })])(
    'cannot be read is quarantined: %.20s',
    async (text) => {
      const { deliverText, notified, quarantined } = aNotifyFunction();
      expect((await deliverText(text)).kind).toBe('delete');
      expect(quarantined).toEqual([{ body: text, reason: expect.any(String) }]);
      expect(notified).toEqual([]);
    },
  );

  test('newer code has written is left to it', async () => {
    const { deliverText, notified } = aNotifyFunction();
    await expect(deliverText(JSON.stringify({ ...aNotification(), version: newerVersion }))).rejects.toThrow(
      NewerVersionError,
    );
    expect(notified).toEqual([]);
  });

  test('cannot be looked up in the table comes again, and nobody is notified', async () => {
    const { deliver, notified } = aNotifyFunction({
      before: () => {
        throw new StoreUnavailableError('no');
      },
    });
    await expect(deliver()).rejects.toThrow(StoreUnavailableError);
    expect(notified).toEqual([]);
  });

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
    const { deliverText, notified } = aNotifyFunction();
    const MessageBody = JSON.stringify(aNotification());
    expect((await deliverText(JSON.stringify({ MessageBody, QueueUrl: 'https://sqs' }))).kind).toBe('delete');
    expect(notified).toHaveLength(1);
  });
});

const waits = (random: number) =>
  Array.from({ length: maxAttempts - 1 }, (_, index) => waitAfter(index + 1, random) ?? 0);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const hourMs = 3_600_000;

describe('retry plan', () => {
  test('the waits become longer, from seconds to hours', () => {
    const [first, second, third] = waits(0.5);
    expect([first, second, third]).toEqual([5_000, 30_000, 120_000]);
    expect(waits(0.5)).toEqual([...waits(0.5)].sort((one, other) => one - other));
    expect(waits(0.5).at(-1)).toBe(8 * hourMs);
  });

  test('together they are about three days, however they are spread', () => {
    for (const random of [0, 0.5, 0.999]) {
      expect(sum(waits(random))).toBeGreaterThan(64 * hourMs);
      expect(sum(waits(random))).toBeLessThan(80 * hourMs);
    }
  });

  test('a wait is spread by a tenth, so that receivers are not asked at the same time', () => {
    expect(waitAfter(6, 0)).toBe(0.9 * hourMs);
    expect(waitAfter(6, 0.75)).toBe(1.05 * hourMs);
  });

  test('after the last attempt there is no wait', () => {
    expect(waitAfter(maxAttempts - 1, 0.5)).toBeDefined();
    expect(waitAfter(maxAttempts, 0.5)).toBeUndefined();
    expect(waitAfter(maxAttempts + 1, 0.5, 60)).toBeUndefined();
  });

  test.each([
    ['shorter than the plan', 60, hourMs],
    ['longer than the plan', 7_200, 2 * hourMs],
    ['longer than any wait of the plan', 1e9, 8 * hourMs],
  ])('a wait that the receiver asks for, %s, counts', (_what, seconds, expected) => {
    expect(waitAfter(6, 0.5, seconds)).toBe(expected);
  });
});
