import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { anAdmission } from '../../../fakes/admission.ts';
import { dependingOn } from '../../../fakes/dependents.ts';
import { aFailedItem, aMessage, anId, aQueuedItem, dayMs, ids, t0 } from '../../../fakes/samples.ts';

const hour = 3600 * 1000;
const a = anId(7);
const at = (runAt: number) => aMessage({ options: { maxAttempts: 3, runAt } });
const scheduled = (runAt: number) => aQueuedItem({ status: 'waiting', runAt });
const done = aFailedItem({ id: a, status: 'succeeded' });
const open = aQueuedItem({ id: a });

describe('a job of a later time', () => {
  test.each([1, hour, 14 * dayMs])('that comes %d ms early is kept until its time', async (early) => {
    const { pass, runQueues, calls } = anAdmission([scheduled(t0 + early)]);
    const message = at(t0 + early);
    expect(await pass(message)).toMatchObject({ kind: 'return', visibleAt: t0 + early, message });
    expect(runQueues.long.sent).toEqual([]);
    expect(calls).toEqual(['read']);
  });

  test.each([0, 1, hour])('that comes %d ms late is sent to its run queue', async (late) => {
    const { pass, runQueues, stored } = anAdmission([scheduled(t0 - late)]);
    const message = at(t0 - late);
    expect(await pass(message)).toEqual({ kind: 'delete', why: 'the job may run' });
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
    expect(stored()).toMatchObject({ status: 'queued', runAt: t0 - late });
  });

  test.each([
    ['is not written down yet', []],
    ['was revived by its user', [aQueuedItem({ runAt: t0 + hour })]],
  ])('and that %s is written down as waiting, once, without its message', async (_what, items) => {
    const { pass, stored, calls } = anAdmission(items);
    expect(await pass(at(t0 + hour))).toMatchObject({ kind: 'return', visibleAt: t0 + hour });
    expect(stored()).toEqual({ ...scheduled(t0 + hour), updatedAt: t0 });
    calls.length = 0;
    await pass(at(t0 + hour), { receiveCount: 2 });
    expect(calls).toEqual(['read']);
  });

  test('of which there are two copies with two times is run by the one whose time has come', async () => {
    const { pass, runQueues } = anAdmission([scheduled(t0)]);
    expect(await pass(at(t0 + hour))).toMatchObject({ kind: 'return', visibleAt: t0 + hour });
    expect((await pass(at(t0))).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message: at(t0), delaySeconds: 0 }]);
  });

  test('is not sent on before the time that was answered, if a lost submission was earlier', async () => {
    const { pass, runQueues, stored } = anAdmission([scheduled(t0 + hour)]);
    expect(await pass(at(t0))).toMatchObject({ kind: 'return', visibleAt: t0 + hour });
    expect(stored()).toEqual(scheduled(t0 + hour));
    expect(runQueues.long.sent).toEqual([]);
  });
});

describe('a job of a later time that depends on others', () => {
  test.each([
    ['in an hour', t0 + hour, t0 + hour],
    ['in 12 hours', t0 + 12 * hour, t0 + 12 * hour],
    ['in a day', t0 + dayMs, t0 + 12 * hour],
    ['now', t0, t0 + 12 * hour],
    ['an hour ago', t0 - hour, t0 + 12 * hour],
  ])('is hidden until its time, but 12 hours at most: %s', async (_what, runAt, visibleAt) => {
    const { pass, stored } = anAdmission([open, aQueuedItem()]);
    const message = dependingOn([a], runAt);
    expect(await pass(message)).toMatchObject({ kind: 'return', visibleAt, message });
    expect(stored()).toMatchObject({ status: 'waiting', runAt, message: writeMessage(message) });
  });

  test('that have succeeded is kept until its time', async () => {
    const { pass, stored, runQueues, clock } = anAdmission([done, aQueuedItem()]);
    const message = dependingOn([a], t0 + dayMs);
    expect(await pass(message)).toMatchObject({ kind: 'return', visibleAt: t0 + dayMs, message });
    expect(stored()?.status).toBe('waiting');
    await clock.advance(dayMs - 1);
    expect((await pass(message, { receiveCount: 2 })).kind).toBe('return');
    await clock.advance(1);
    expect((await pass(message, { receiveCount: 3 })).kind).toBe('delete');
    expect(runQueues.long.sent).toEqual([{ message, delaySeconds: 0 }]);
  });

  test('that have not when its time comes waits for them', async () => {
    const { pass, clock, runQueues } = anAdmission([open, aQueuedItem()]);
    const message = dependingOn([a], t0 + hour);
    await pass(message);
    await clock.advance(hour);
    expect(await pass(message, { receiveCount: 2 })).toMatchObject({
      kind: 'return',
      visibleAt: t0 + 13 * hour,
    });
    expect(runQueues.long.sent).toEqual([]);
  });

  test('one of which will not wake it looks at that every other minute', async () => {
    const { pass } = anAdmission([{ ...open, dependents: ids(500) }, aQueuedItem()]);
    expect(await pass(dependingOn([a], t0 + hour))).toMatchObject({ kind: 'return', visibleAt: t0 + 90_000 });
  });
});
