import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, aMessage, anId, aQueuedItem, ids, jobId } from '../../../set-ups/samples.ts';

const hour = 3600 * 1000;
const a = anId(7);
const unfinished = aQueuedItem({ id: a });
const startBefore = t0 + hour;

/** A job that depends on another, and has to start by a time. */
const messageOf = (times: { startBefore?: number; runAt?: number } = {}) =>
  aMessage({ options: { maxAttempts: 3, dependsOn: [a], startBefore, ...times } });
const itemOf = (over = {}) =>
  aQueuedItem({
    status: 'waiting',
    dependsOn: [a],
    startBefore,
    message: writeMessage(messageOf()),
    ...over,
  });

describe('for a job that has to start by a time, admission', () => {
  test('looks again when that time is over, although the job waits to be woken', async () => {
    const { admit, stored } = anAdmission([unfinished]);
    expect(await admit(messageOf())).toMatchObject({ kind: 'return', visibleAt: startBefore });
    expect(stored()).toMatchObject({ status: 'waiting', startBefore });
  });

  test('looks again after 12 hours at the latest, as for every job', async () => {
    const { admit } = anAdmission([unfinished]);
    const message = messageOf({ startBefore: t0 + 13 * hour });
    expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + 12 * hour });
  });

  test('looks again when that time is over if it cannot register the job with its dependency', async () => {
    const { admit } = anAdmission([aQueuedItem({ id: a, dependents: ids(500) })]);
    const message = messageOf({ startBefore: t0 + 5_000 });
    expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + 5_000 });
  });

  test('looks again when the job is due, which is before that', async () => {
    const { admit } = anAdmission([unfinished]);
    const message = messageOf({ runAt: t0 + 60_000 });
    expect(await admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + 60_000 });
  });

  test('fails the job when that time is over, wakes its dependents and deletes the message', async () => {
    const late = itemOf({ startBefore: t0, dependents });
    const { admit, stored, waiting, runQueues } = anAdmission([unfinished, late, dependent]);
    expect(await admit(messageOf({ startBefore: t0 }))).toEqual({
      kind: 'delete',
      why: 'the job is failed',
    });
    expect(stored(jobId)).toMatchObject({ status: 'failed', error: { name: 'NotStartedInTimeError' } });
    expect(waiting.sent).toEqual([itsWake]);
    expect(runQueues.long.sent).toEqual([]);
  });

  test('fails the job when that time is over, even if its dependency has succeeded meanwhile', async () => {
    const { admit, stored } = anAdmission([aFailedItem({ id: a, status: 'succeeded' }), itemOf()]);
    await admit(messageOf({ startBefore: t0 }));
    expect(stored()).toMatchObject({ error: { name: 'NotStartedInTimeError' } });
  });

  test('looks again at once if that time ends while admission looks at the job', async () => {
    const message = messageOf({ startBefore: t0 + 1_000 });
    const admission = anAdmission([unfinished], async (call) => {
      if (call === 'write registerDependent') await admission.clock.advance(2_000);
    });
    expect(await admission.admit(message)).toMatchObject({ kind: 'return', visibleAt: t0 + 1_000 });
  });

  test('lets a job wait to be woken that was retried when that time was over', async () => {
    const { admit } = anAdmission([unfinished, itemOf({ startBefore: t0 - 1, mayStartLate: true })]);
    const visibleAt = t0 + 12 * hour;
    expect(await admit(messageOf({ startBefore: t0 - 1 }))).toMatchObject({ kind: 'return', visibleAt });
  });
});
