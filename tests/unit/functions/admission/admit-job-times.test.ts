import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { anAdmission } from '../../../fakes/admission.ts';
import { dependingOn } from '../../../fakes/dependents.ts';
import { aFailedItem, aMessage, anId, aQueuedItem, dayMs, ids, t0 } from '../../../fakes/samples.ts';

const hour = 3600 * 1000;
const a = anId(7);
const messageDueAt = (runAt: number) => aMessage({ options: { maxAttempts: 3, runAt } });
const itemDueAt = (runAt: number) => aQueuedItem({ status: 'waiting', runAt });
const succeeded = aFailedItem({ id: a, status: 'succeeded' });
const unfinished = aQueuedItem({ id: a });

describe('for a job with a start time, admission', () => {
  test.each([1, hour, 14 * dayMs])(
    'returns a message that is delivered %d ms early until the start time',
    async (early) => {
      const { admit, runQueues, calls } = anAdmission([itemDueAt(t0 + early)]);
      const message = messageDueAt(t0 + early);
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + early, message });
      expect(runQueues.long.sent).toEqual([]);
      expect(calls).toEqual(['read']);
    },
  );

  test.each([0, 1, hour])(
    'sends a message that is delivered %d ms late to the run queue of its job',
    async (late) => {
      const { admit, runQueues, stored } = anAdmission([itemDueAt(t0 - late)]);
      const message = messageDueAt(t0 - late);
      expect(await admit(message)).toEqual({ kind: 'delete', why: 'the job may run' });
      expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
      expect(stored()).toMatchObject({ status: 'queued', runAt: t0 - late });
    },
  );

  test.each([
    ['has no item yet', []],
    ['was canceled and retried', [aQueuedItem({ runAt: t0 + hour })]],
  ])('marks the job as waiting, once, and without its message, if it %s', async (_what, items) => {
    const { admit, stored, calls } = anAdmission(items);
    expect(await admit(messageDueAt(t0 + hour))).toMatchObject({ kind: 'return', visibleAt: t0 + hour });
    expect(stored()).toEqual({ ...itemDueAt(t0 + hour), updatedAt: t0 });
    calls.length = 0;
    await admit(messageDueAt(t0 + hour), { receiveCount: 2 });
    expect(calls).toEqual(['read']);
  });

  test('admits the job by the copy of its message whose time has come, if two copies have different times', async () => {
    const { admit, runQueues } = anAdmission([itemDueAt(t0)]);
    expect(await admit(messageDueAt(t0 + hour))).toMatchObject({ kind: 'return', visibleAt: t0 + hour });
    expect((await admit(messageDueAt(t0))).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message: messageDueAt(t0), delaySeconds: 0 }]);
  });

  test('does not admit the job before the start time in its item if a copy has an earlier one', async () => {
    const { admit, runQueues, stored } = anAdmission([itemDueAt(t0 + hour)]);
    expect(await admit(messageDueAt(t0))).toMatchObject({ kind: 'return', visibleAt: t0 + hour });
    expect(stored()).toEqual(itemDueAt(t0 + hour));
    expect(runQueues.long.sent).toEqual([]);
  });
});

describe('for a job with a start time and a dependency, admission', () => {
  test.each([
    ['in an hour', t0 + hour, t0 + hour],
    ['in 12 hours', t0 + 12 * hour, t0 + 12 * hour],
    ['in a day', t0 + dayMs, t0 + 12 * hour],
    ['now', t0, t0 + 12 * hour],
    ['an hour ago', t0 - hour, t0 + 12 * hour],
  ])(
    'returns the message until the start time, but for 12 hours at most, if that time is %s',
    async (_what, runAt, visibleAt) => {
      const { admit, stored } = anAdmission([unfinished, aQueuedItem()]);
      const message = dependingOn([a], runAt);
      expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt, message });
      expect(stored()).toMatchObject({ status: 'waiting', runAt, message: writeMessage(message) });
    },
  );

  test('returns the message until the start time if the dependency has succeeded', async () => {
    const { admit, stored, runQueues, clock } = anAdmission([succeeded, aQueuedItem()]);
    const message = dependingOn([a], t0 + dayMs);
    expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + dayMs, message });
    expect(stored()?.status).toBe('waiting');
    await clock.advance(dayMs - 1);
    expect((await admit(message, { receiveCount: 2 })).kind).toBe('return');
    await clock.advance(1);
    expect((await admit(message, { receiveCount: 3 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
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
