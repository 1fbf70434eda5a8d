import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { countdown } from '../../../../job-types/countdown/contract.ts';
import type { JobContract } from '../../../../shared/job/contract.ts';
import { CheckpointError, JobCanceledError } from '../../../../shared/job/errors.ts';
import { HandOver } from '../../../../shared/worker/error-policy.ts';
import { Heartbeat } from '../../../../shared/worker/heartbeat.ts';
import { jobContext } from '../../../../shared/worker/job-context.ts';
import { aDelivery, aLease, aRunningItem, jobId, t0 } from '../../../fakes/samples.ts';
import { aWorker } from '../../../fakes/worker.ts';

type Job = ReturnType<typeof contextOf>['job'];

const reserveMs = 10_000;
const canceled = new JobCanceledError('stop');

/** The context of a countdown that has a minute. */
function contextOf(item = aRunningItem()) {
  const { deps, store, clock } = aWorker();
  store.items.set(jobId, item);
  const controller = new AbortController();
  const heartbeat = new Heartbeat({ lease: aLease(item), delivery: aDelivery(), controller }, deps);
  const contract: JobContract = countdown;
  const running = { item, contract, controller, heartbeat, endsAt: t0 + 60_000, reserveMs };
  const job = jobContext(running, deps);
  return { job, heartbeat, controller, clock, stored: () => store.items.get(jobId) };
}

describe('a running job', () => {
  test('is told who it is, and where it stopped', () => {
    const { job } = contextOf(aRunningItem({ attempt: 2, fencingToken: 5, checkpoint: '{"passed":7}' }));
    expect(job).toMatchObject({ id: jobId, attempt: 2, fencingToken: 5, resume: { passed: 7 } });
    expect(contextOf().job.resume).toBeUndefined();
  });

  test('does not start from what no longer fits its contract', () => {
    expect(() => contextOf(aRunningItem({ checkpoint: '{"left":7}' }))).toThrow(CheckpointError);
  });

  test('pauses for as long as it asked, or until it is aborted', async () => {
    const { job, clock, controller } = contextOf();
    let ended: unknown = 'not yet';
    const wait = (seconds: number) =>
      job.pause(seconds).then(
        () => (ended = 'paused'),
        (error: unknown) => (ended = error),
      );
    wait(3);
    await clock.advance(2_999);
    expect(ended).toBe('not yet');
    await clock.advance(1);
    expect(ended).toBe('paused');
    wait(3);
    controller.abort(canceled);
    await clock.advance(0);
    expect(ended).toBe(canceled);
  });

  test('that was aborted is told so by whatever it does next', async () => {
    const { job, controller, stored } = contextOf();
    controller.abort(canceled);
    await expect(job.pause(1)).rejects.toBe(canceled);
    await expect(job.checkpoint({ passed: 1 })).rejects.toBe(canceled);
    await expect(job.sleep(1, { passed: 1 })).rejects.toBe(canceled);
    expect(stored()).toEqual(aRunningItem());
  });
});

test.each([
  ['checkpoint', (job: Job) => job.checkpoint({ left: 1 })],
  ['pause', (job: Job) => job.pause(1)],
  ['sleep', (job: Job) => job.sleep(1, { passed: 1 })],
])('a %s that nobody awaits ends no process when it fails', async (_what, call) => {
  const { job, controller } = contextOf();
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  controller.abort(canceled);
  void call(job);
  await setImmediate();
  await setImmediate();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

describe('a checkpoint', () => {
  test('is written every few seconds only, with the newest state', async () => {
    const { job, clock, stored } = contextOf();
    await clock.advance(4_999);
    await job.checkpoint({ passed: 1 });
    expect(stored()).not.toHaveProperty('checkpoint');
    await clock.advance(1);
    await job.checkpoint({ passed: 2 });
    expect(stored()).toMatchObject({ checkpoint: '{"passed":2}', leaseUntil: t0 + 5_000 + 60_000 });
    await clock.advance(4_999);
    await job.checkpoint({ passed: 3 });
    expect(stored()?.checkpoint).toBe('{"passed":2}');
  });

  test('has the state as it was when it was called, whatever becomes of it meanwhile', async () => {
    const { job, heartbeat } = contextOf();
    const state = { passed: 1 };
    const saving = job.checkpoint(state);
    state.passed = 2;
    await saving;
    expect(heartbeat.lastReport.checkpoint).toBe('{"passed":1}');
  });

  test('that is not written yet is known to whoever writes next', async () => {
    const { job, heartbeat } = contextOf();
    await job.checkpoint({ passed: 1 });
    expect(heartbeat.lastReport.checkpoint).toBe('{"passed":1}');
  });

  test('stops the job if a cancel was requested', async () => {
    const { job, clock } = contextOf(aRunningItem({ cancelRequested: true }));
    await clock.advance(5_000);
    await expect(job.checkpoint({ passed: 1 })).rejects.toThrow(JobCanceledError);
  });

  test('that does not fit the contract fails the job', async () => {
    await expect(contextOf().job.checkpoint({ left: 1 })).rejects.toThrow(CheckpointError);
  });

  test('hands over when only the reserve is left', async () => {
    const { job, clock, controller, heartbeat } = contextOf();
    for (let passed = 1; passed < 50; passed += 1) {
      await clock.advance(1_000);
      await job.checkpoint({ passed });
    }
    await clock.advance(1_000);
    await expect(job.checkpoint({ passed: 50 })).rejects.toThrow(HandOver);
    expect(controller.signal.reason).toBeInstanceOf(HandOver);
    expect(heartbeat.lastReport.checkpoint).toBe('{"passed":50}');
  });

  test('hands over earlier if the next one might come too late', async () => {
    const { job, clock } = contextOf();
    await clock.advance(20_000);
    await job.checkpoint({ passed: 1 });
    await clock.advance(9_999);
    await job.checkpoint({ passed: 2 });
    await clock.advance(1);
    await expect(job.checkpoint({ passed: 3 })).rejects.toThrow(HandOver);
  });
});

test('a sleep hands over with the state, and says for how long', async () => {
  const { job, controller, heartbeat } = contextOf();
  await expect(job.sleep(3_600, { passed: 9 })).rejects.toThrow(HandOver);
  expect(controller.signal.reason).toEqual(expect.objectContaining({ sleepMs: 3_600_000 }));
  expect(heartbeat.lastReport.checkpoint).toBe('{"passed":9}');
});
