import { describe, expect, test } from '@jest/globals';
import { NewerVersionError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aNotification, aNotifyFunction, anEndedItem } from '../../../set-ups/notify.ts';
import { aQueuedItem, jobId } from '../../../set-ups/samples.ts';

const failing = { kind: 'failed', why: 'HTTP 500' } as const;
const withRecord = (status: string, attempts: number) =>
  anEndedItem({ notification: JSON.stringify([{ status, attempts }, null]) });

describe('a notification that is delivered', () => {
  test('is recorded, and deleted; the outcome and `updatedAt` stay as they are', async () => {
    const { deliver, stored, told, notifications } = aNotifyFunction();
    expect((await deliver()).kind).toBe('delete');
    expect(told).toEqual([{ at: t0, message: aNotification() }]);
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

describe('a notification that fails', () => {
  test('is sent anew with a delay, and then recorded', async () => {
    const calls: string[] = [];
    const { deliver, notifications, records } = aNotifyFunction({
      attempts: [failing],
      before: (call) => calls.push(call),
    });
    expect((await deliver()).kind).toBe('delete');
    expect(notifications.sent).toEqual([
      { message: aNotification({ attempts: 1, dueAt: t0 + 5_000 }), delaySeconds: 5 },
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
    const { deliver, drain, told } = aNotifyFunction({
      attempts: [{ ...failing, retryAfterSeconds: 4_000 }, { kind: 'delivered' }],
    });
    await deliver();
    await drain();
    // SQS delays by whole seconds.
    expect(told.map(({ at }) => Math.floor((at - t0) / 1000))).toEqual([0, 4_000]);
  });

  test('for three days is given up: a dead letter with the reason, and a record', async () => {
    const { deliver, drain, told, deadLetters, records, log } = aNotifyFunction({ attempts: [failing] });
    await deliver();
    await drain();
    const days = ((told.at(-1)?.at ?? 0) - t0) / (24 * 3_600_000);
    expect(days).toBeGreaterThan(2.9);
    expect(days).toBeLessThan(3.1);
    expect(told).toHaveLength(17);
    expect(deadLetters.sent).toEqual([{ message: aNotification({ attempts: 17 }), reason: 'HTTP 500' }]);
    expect(records()).toEqual([{ status: 'failed', attempts: 17, lastError: 'HTTP 500' }, null]);
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'notification given up', fields: { jobId, attempts: 17 } },
    ]);
  });

  test('and was given up is tried once more when its dead letter is sent again', async () => {
    const { deliver, records, deadLetters, notifications } = aNotifyFunction({
      item: withRecord('failed', 17),
      attempts: [failing, { kind: 'delivered' }],
    });
    await deliver(aNotification({ attempts: 17 }));
    expect(deadLetters.sent).toMatchObject([{ message: { attempts: 18 } }]);
    expect(notifications.sent).toEqual([]);
    await deliver(aNotification({ attempts: 18 }));
    expect(records()).toEqual([{ status: 'delivered', attempts: 19 }, null]);
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

  test('is not due is sent anew, delayed by 15 minutes at most, and nobody is told', async () => {
    const { deliver, told, notifications, schedules } = aNotifyFunction();
    for (const ahead of [1, 899_000, 900_000]) await deliver(aNotification({ dueAt: t0 + ahead }));
    expect(told).toEqual([]);
    expect(notifications.sent.map(({ delaySeconds }) => delaySeconds)).toEqual([1, 899, 900]);
    expect(schedules.schedules.size).toBe(0);
  });

  test.each([
    ['was delivered', withRecord('delivered', 1), 0],
    ['was delivered, by a copy with fewer attempts', withRecord('delivered', 1), 3],
    ['has had a later attempt', withRecord('pending', 1), 0],
    ['was given up', withRecord('failed', 17), 16],
  ])('%s is deleted, and nobody is told', async (_what, item, attempts) => {
    const { deliver, told, stored, notifications } = aNotifyFunction({ item });
    expect((await deliver(aNotification({ attempts }))).kind).toBe('delete');
    expect([told, notifications.sent]).toEqual([[], []]);
    expect(stored()).toEqual(item);
  });

  test.each([
    ['was retried', aQueuedItem({ run: 2, notify: [{ event: true }] })],
    ['has ended again', anEndedItem({ run: 2, notification: undefined })],
    ['was erased', anEndedItem({ notify: undefined, erased: true, fingerprint: 'erased' })],
  ])('is of a job that %s is delivered, and not recorded', async (_what, item) => {
    const { deliver, told, stored } = aNotifyFunction({ item });
    expect((await deliver()).kind).toBe('delete');
    expect(told).toHaveLength(1);
    expect(stored()).toEqual(item);
  });

  test('is of a job that is no longer there is delivered', async () => {
    const { deliver, told, items } = aNotifyFunction();
    items.clear();
    await deliver();
    expect(told).toHaveLength(1);
    expect(items.size).toBe(0);
  });

  test.each(['{', '{}', JSON.stringify({ ...aNotification(), target: { fax: '1' } })])(
    'cannot be read is quarantined: %.20s',
    async (text) => {
      const { deliverText, told, quarantined } = aNotifyFunction();
      expect((await deliverText(text)).kind).toBe('delete');
      expect(quarantined).toEqual([{ body: text, reason: expect.any(String) }]);
      expect(told).toEqual([]);
    },
  );

  test('newer code has written is left to it', async () => {
    const { deliverText, told } = aNotifyFunction();
    await expect(deliverText(JSON.stringify({ ...aNotification(), version: 2 }))).rejects.toThrow(
      NewerVersionError,
    );
    expect(told).toEqual([]);
  });

  test('cannot be looked up in the table comes again, and nobody is told', async () => {
    const { deliver, told } = aNotifyFunction({
      before: () => {
        throw new StoreUnavailableError('no');
      },
    });
    await expect(deliver()).rejects.toThrow(StoreUnavailableError);
    expect(told).toEqual([]);
  });
});
