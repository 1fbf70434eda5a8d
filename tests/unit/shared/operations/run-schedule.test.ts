import { describe, expect, test } from '@jest/globals';
import { KeyReusedError, NotFoundError } from '../../../../shared/job/errors.ts';
import { keyOfOccurrence, type Schedule } from '../../../../shared/job/schedule.ts';
import { runSchedule, scheduleNamed, submissionOf } from '../../../../shared/operations/run-schedule.ts';
import { submitJob } from '../../../../shared/operations/submit-job.ts';
import { aScheduledStage, contracts, hourly, nightly } from '../../../set-ups/scheduling.ts';

describe('what a schedule submits', () => {
  test('is a job of its type, payload and tenant, with the attempts of the contract, and its tag', () => {
    expect(submissionOf(nightly, { contracts })).toEqual({
      tenant: 'a tenant',
      type: 'countdown',
      payload: { seconds: 5 },
      maxAttempts: contracts.countdown.maxAttempts,
      tags: ['schedule:nightly'],
    });
  });

  test('has null for a payload that is not there', () => {
    expect(submissionOf({ ...nightly, payload: undefined }, { contracts }).payload).toBeNull();
  });
});

describe('a schedule that is run by hand', () => {
  test('submits its job at once', async () => {
    const { deps, items, sent } = aScheduledStage();
    const { job } = await runSchedule({ schedule: nightly }, deps);
    expect(items.get(job.id)).toMatchObject({
      status: 'queued',
      tenant: 'a tenant',
      tags: ['schedule:nightly'],
    });
    expect(job.runAt).toBeUndefined();
    expect(sent()).toMatchObject([{ id: job.id, payload: { seconds: 5 }, type: 'countdown' }]);
  });

  test('is another job each time, unless a key says that it is the same', async () => {
    const { deps } = aScheduledStage();
    const run = (idempotencyKey?: string) => runSchedule({ schedule: nightly, idempotencyKey }, deps);
    const ids = new Set<string>();
    for (const key of [undefined, undefined, 'a key', 'another key']) ids.add((await run(key)).job.id);
    expect(ids.size).toBe(4);
    const { job, replayed } = await run('a key');
    expect([replayed, ids.has(job.id)]).toEqual([true, true]);
  });

  test('with a key of another schedule of the tenant is a job of its own', async () => {
    const { deps } = aScheduledStage();
    const other = { ...hourly, tenant: nightly.tenant };
    const run = async (schedule: Schedule) =>
      (await runSchedule({ schedule, idempotencyKey: 'k' }, deps)).job.id;
    expect(await run(other)).not.toBe(await run(nightly));
  });

  test('never meets a job that its tenant submits under a key of its own', async () => {
    const { deps } = aScheduledStage();
    const submission = { ...submissionOf(nightly, deps), payload: { seconds: 1 } };
    await submitJob({ ...submission, idempotencyKey: 'run/nightly/k' }, deps);
    const { replayed } = await runSchedule({ schedule: nightly, idempotencyKey: 'k' }, deps);
    expect(replayed).toBe(false);
  });

  test.each(['nightly', 'run'])('of the name %s never meets the job of an occurrence', async (name) => {
    const { deps } = aScheduledStage();
    const schedule = { ...nightly, name };
    const at = '2026-01-02T02:30:00.000Z';
    const idempotencyKey = keyOfOccurrence({ schedule: name, at });
    const occurrence = await submitJob({ ...submissionOf(schedule, deps), idempotencyKey }, deps);
    for (const key of [at, idempotencyKey]) {
      const { job, replayed } = await runSchedule({ schedule, idempotencyKey: key }, deps);
      expect([replayed, job.id === occurrence.job.id]).toEqual([false, false]);
    }
  });

  test('after it was written anew is another request, which its key refuses', async () => {
    const { deps } = aScheduledStage();
    await runSchedule({ schedule: nightly, idempotencyKey: 'k' }, deps);
    const changed = { ...nightly, payload: { seconds: 6 } };
    await expect(runSchedule({ schedule: changed, idempotencyKey: 'k' }, deps)).rejects.toThrow(
      KeyReusedError,
    );
  });
});

test('a name that no schedule has is not found', () => {
  expect(scheduleNamed('hourly', [nightly, hourly])).toBe(hourly);
  for (const name of ['', 'Nightly', '__proto__'])
    expect(() => scheduleNamed(name, [nightly, hourly])).toThrow(NotFoundError);
});
