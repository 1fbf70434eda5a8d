import { describe, expect, test } from '@jest/globals';
import { makeScheduledJob } from '../../../../../shared/admission/make-scheduled-job.ts';
import type { Charges } from '../../../../../shared/domain/access/ports.ts';
import { KeyReusedError, NotFoundError } from '../../../../../shared/domain/base/errors.ts';
import { keyOfOccurrence, type Schedule } from '../../../../../shared/domain/schedules/schedule.ts';
import { listSchedules } from '../../../../../shared/operations/find/list-schedules.ts';
import {
  runSchedule,
  scheduleNamed,
  submissionOf,
} from '../../../../../shared/operations/submit/run-schedule.ts';
import { submitJob } from '../../../../../shared/operations/submit/submit-job.ts';
import { aScheduledStage, contracts, hourly, nightly } from '../../../../set-ups/scheduling.ts';

type Stage = ReturnType<typeof aScheduledStage>;

const listed = ({ deps }: Stage) => listSchedules(deps.schedules, deps);
const jobsOf = async (stage: Stage, { name }: Schedule) =>
  (await listed(stage)).find(({ schedule }) => schedule.name === name)?.lastJobs.map(({ id }) => id);
const unitsOf = ({ list }: Stage) => list.calls.reduce((sum, { units }) => sum + units, 0);

describe('the list of schedules', () => {
  test('has all of them in their order, with the next five times', async () => {
    const states = await listed(aScheduledStage());
    expect(states.map(({ schedule }) => schedule)).toEqual([nightly, hourly]);
    expect(
      states.map(({ nextRuns }) => nextRuns.map((at) => new Date(at).toISOString().slice(5, 16))),
    ).toEqual([
      ['01-03T02:30', '01-04T02:30', '01-05T02:30', '01-06T02:30', '01-07T02:30'],
      ['01-02T04:00', '01-02T05:00', '01-02T06:00', '01-02T07:00', '01-02T08:00'],
    ]);
  });

  test('says which are paused, and knows nothing of a name that is no more', async () => {
    const stage = aScheduledStage();
    for (const name of ['hourly', 'gone']) await stage.paused.pause(name);
    expect((await listed(stage)).map(({ isPaused }) => isPaused)).toEqual([false, true]);
  });

  test('has the jobs of the last occurrences, however many other jobs their tenant has', async () => {
    const stage = aScheduledStage();
    for (const day of ['29', '30', '31']) await stage.occur(nightly, `2025-12-${day}T02:30:00.000Z`);
    const last = await stage.occur(nightly, '2026-01-02T02:30:00.000Z');
    for (let count = 0; count < 300; count += 1) await stage.put(nightly, stage.now - count, { tags: [] });
    const found = await jobsOf(stage, nightly);
    expect(found).toHaveLength(4);
    expect(found?.[0]).toBe(last);
    expect(unitsOf(stage)).toBeLessThan(130);
  });

  test('finds the job that admission makes of an occurrence', async () => {
    const stage = aScheduledStage();
    const { deps } = stage;
    const at = '2026-01-02T02:30:00Z';
    const occurrence = { kind: 'occurrence', version: 2, schedule: 'nightly', at } as const;
    const making = { ...deps, recurring: deps.schedules, runQueues: deps.queues, notify: [] };
    await makeScheduledJob(occurrence, making);
    // Nothing but its id leads to it.
    for (let count = 0; count < 100; count += 1) await stage.put(nightly, stage.now + count, { tags: [] });
    expect(await listed(stage)).toMatchObject([{ lastJobs: [{ runAt: Date.parse(at) }] }, { lastJobs: [] }]);
  });

  test('has those that were started by hand among the newest of their tenant, in the order of their time', async () => {
    const stage = aScheduledStage();
    const occurrence = await stage.occur(nightly, '2026-01-01T02:30:00.000Z');
    const earlier = await stage.put(nightly, stage.now - 48 * 3_600_000);
    const byHand = await stage.put(nightly, stage.now - 60_000);
    expect(await jobsOf(stage, nightly)).toEqual([byHand, occurrence, earlier]);
    for (let count = 0; count < 100; count += 1) await stage.put(nightly, stage.now - count, { tags: [] });
    expect(await jobsOf(stage, nightly)).toEqual([occurrence]);
  });

  test('has five jobs of each at most, each once', async () => {
    const stage = aScheduledStage();
    for (const day of ['28', '29', '30', '31']) await stage.occur(nightly, `2025-12-${day}T02:30:00.000Z`);
    for (let count = 0; count < 4; count += 1) await stage.put(nightly, stage.now - count);
    const found = (await jobsOf(stage, nightly)) ?? [];
    expect([found.length, new Set(found).size]).toEqual([5, 5]);
  });

  test('of a unique type asks once for the job of several occurrences', async () => {
    const unique = { ...hourly, unique: { key: 'one', withinSeconds: 30 * 86_400 } };
    const stage = aScheduledStage([unique]);
    await listed(stage);
    expect(stage.list.calls.filter(({ call }) => call === 'read')[0]).toMatchObject({ count: 1 });
  });

  test('has no job of another schedule or tenant, and none that was erased', async () => {
    const stage = aScheduledStage();
    const erased = await stage.occur(nightly, '2026-01-02T02:30:00.000Z');
    const item = stage.items.get(erased);
    if (item) stage.items.set(erased, { ...item, erased: true });
    const tags = ['schedule:nightly'];
    await stage.put(hourly, stage.now, { tags });
    await stage.put(nightly, stage.now, { tags: ['schedule:hourly', 'schedule:nightl'] });
    expect([await jobsOf(stage, nightly), await jobsOf(stage, hourly)]).toEqual([[], []]);
  });

  test('costs a bounded number of read units, however many tenants there are', async () => {
    const schedules = Array.from({ length: 40 }, (_, index) => ({
      ...nightly,
      name: `nightly-${index}`,
      tenant: `tenant ${index}`,
    }));
    const stage = aScheduledStage(schedules);
    for (const schedule of schedules)
      for (let count = 0; count < 30; count += 1) await stage.put(schedule, stage.now - count);
    const states = await listed(stage);
    expect(states.every(({ lastJobs }) => lastJobs.length === 5)).toBe(true);
    // Of each schedule five occurrences are asked for; of all tenants together 500 jobs are read.
    expect(unitsOf(stage)).toBeLessThan(40 * 5 + 500 + 40);
  });

  test('of a stage without schedules needs no job', async () => {
    const stage = aScheduledStage([]);
    expect(await listed(stage)).toEqual([]);
    expect(stage.list.calls).toEqual([]);
  });
});

describe('run schedule', () => {
  describe('what a schedule submits', () => {
    test('is a job of its type, payload and tenant, with the attempts of the contract, and its tag', () => {
      expect(submissionOf(nightly, { contracts })).toEqual({
        tenant: 'a tenant',
        type: 'counting',
        payload: { seconds: 5 },
        maxAttempts: contracts.counting.maxAttempts,
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
      expect(sent()).toMatchObject([{ id: job.id, payload: { seconds: 5 }, type: 'counting' }]);
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

    test('counts in the limit of its tenant, and is not refused; a replay does not count', async () => {
      const { deps } = aScheduledStage();
      const charged: [string, number][] = [];
      const charges: Charges = { charge: async (tenant, jobs) => void charged.push([tenant, jobs]) };
      for (const idempotencyKey of ['a key', 'a key', undefined])
        await runSchedule({ schedule: hourly, idempotencyKey }, { ...deps, charges });
      expect(charged).toEqual([
        ['another tenant', 1],
        ['another tenant', 1],
      ]);
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
});
