import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependingOn } from '../../../set-ups/dependents.ts';
import { aFailedItem, aMessage, anId, aQueuedItem, dayMs, ids } from '../../../set-ups/samples.ts';

const hour = 3600 * 1000;
const a = anId(7);
const messageDueAt = (runAt: number) => aMessage({ options: { maxAttempts: 3, runAt } });
const itemDueAt = (runAt: number) => aQueuedItem({ status: 'waiting', runAt });
const succeeded = aFailedItem({ id: a, status: 'succeeded' });
const unfinished = aQueuedItem({ id: a });

describe('for a job with a start time, admission', () => {
  test.each([1, 60_001, 900_000])(
    'sends a message that is delivered %d ms early to the run queue of its job, which delays it',
    async (early) => {
      const { admit, runQueues, stored, schedules } = anAdmission([itemDueAt(t0 + early)]);
      const message = messageDueAt(t0 + early);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job may run' });
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: early / 1000 }]);
      expect(stored()).toEqual(itemDueAt(t0 + early));
      expect(schedules.schedules.size).toBe(0);
    },
  );

  test.each([0, 1, hour])(
    'sends a message that is delivered %d ms late to the run queue of its job, without a write',
    async (late) => {
      const { admit, runQueues, stored, calls } = anAdmission([itemDueAt(t0 - late)]);
      const message = messageDueAt(t0 - late);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job may run' });
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
      expect(stored()).toEqual(itemDueAt(t0 - late));
      expect(calls).toEqual(['read', 'long: send run 1']);
    },
  );

  test('does not run the job before the start time in its item if a copy has an earlier one', async () => {
    const { admit, runQueues } = anAdmission([itemDueAt(t0 + 600_000)]);
    await admit(messageDueAt(t0));
    expect(runQueues.long.sent).toEqual([{ message: messageDueAt(t0), delaySeconds: 600 }]);
  });
});

describe('for a job with a start time and a dependency, admission', () => {
  test.each([
    ['in an hour', t0 + hour, t0 + hour - 16 * 60_000],
    ['in 12 hours', t0 + 12 * hour, t0 + 12 * hour - 16 * 60_000],
    ['in ten minutes', t0 + 600_000, t0 + 600_000],
    ['in 15 minutes and a half', t0 + 930_000, t0 + 930_000],
    ['in a day', t0 + dayMs, t0 + 12 * hour],
    ['now', t0, t0 + 12 * hour],
    ['an hour ago', t0 - hour, t0 + 12 * hour],
  ])(
    'returns the message until shortly before the start time, but for 12 hours at most, if that time is %s',
    async (_what, runAt, visibleAt) => {
      const { admit, stored } = anAdmission([unfinished, aQueuedItem()]);
      const message = dependingOn([a], runAt);
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt, message });
      expect(stored()).toMatchObject({ status: 'waiting', runAt, message: writeMessage(message) });
    },
  );

  test('leaves the job to a schedule if the dependency has succeeded, for good', async () => {
    const { admit, receive, store, stored, schedules, runQueues, clock } = anAdmission([
      succeeded,
      aQueuedItem({ runAt: t0 + dayMs }),
    ]);
    const message = dependingOn([a], t0 + dayMs);
    expect((await admit(message)).kind).toBe('delete');
    expect(stored()).toMatchObject({ status: 'waiting', admittedBy: 'message-1' });
    // It may have expired when the job is due.
    store.items.delete(a);
    await clock.advance(dayMs - 100_000);
    const [{ message: pointer } = {}] = [...schedules.schedules.values()];
    expect((await receive(pointer)).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 100 }]);
  });

  test('returns a wake that comes in the last minute before the job is due, and deletes an earlier one', async () => {
    for (const [early, kind] of [
      [60_000, 'return'],
      [60_001, 'delete'],
    ] as const) {
      const waiting = aQueuedItem({ status: 'waiting', runAt: t0 + early });
      const { admit, runQueues } = anAdmission([succeeded, waiting]);
      const wake = { ...dependingOn([a], t0 + early), wake: true as const };
      expect(await admit(wake)).toMatchObject(kind === 'return' ? { kind, visibleAt: t0 + early } : { kind });
      expect(runQueues.long.sent).toEqual([]);
    }
  });

  test('leaves a job to a schedule that a wake finds early', async () => {
    const { admit, schedules } = anAdmission([
      succeeded,
      aQueuedItem({ status: 'waiting', runAt: t0 + dayMs }),
    ]);
    const wake = { ...dependingOn([a], t0 + dayMs), wake: true as const };
    expect((await admit(wake)).kind).toBe('delete');
    expect(schedules.schedules.size).toBe(1);
  });

  test('goes on waiting for the dependency after the start time', async () => {
    const { admit, clock, runQueues } = anAdmission([unfinished, aQueuedItem()]);
    const message = dependingOn([a], t0 + hour);
    await admit(message);
    await clock.advance(hour);
    expect(await admit(message, { receiveCount: 2 })).toMatchObject({
      kind: 'return',
      visibleAt: t0 + 13 * hour,
    });
    expect(runQueues.long.sent).toEqual([]);
  });

  test('checks again after one to two minutes if the dependency has no room to register the job', async () => {
    const { admit } = anAdmission([{ ...unfinished, dependents: ids(500) }, aQueuedItem()]);
    expect(await admit(dependingOn([a], t0 + hour))).toMatchObject({
      kind: 'return',
      visibleAt: t0 + 90_000,
    });
  });
});
