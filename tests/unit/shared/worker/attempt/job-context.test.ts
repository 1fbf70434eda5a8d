import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { JobContract } from '../../../../../shared/author/contract.ts';
import { SecretValues } from '../../../../../shared/author/secret-values.ts';
import { CheckpointError, JobCanceledError } from '../../../../../shared/domain/base/errors.ts';
import { jobContext } from '../../../../../shared/worker/attempt/job-context.ts';
import { HandOver } from '../../../../../shared/worker/hold/error-policy.ts';
import { Heartbeat } from '../../../../../shared/worker/hold/heartbeat.ts';
import { OutputStream } from '../../../../../shared/worker/hold/output-stream.ts';
import { StateObjects } from '../../../../../shared/worker/hold/state-objects.ts';
import { OpenWaits } from '../../../../../shared/worker/steps/job-steps.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { counting } from '../../../../job-types/counting/contract.ts';
import { aDelivery, aLease, aMessage, aRunningItem, jobId } from '../../../../set-ups/samples.ts';
import { aWorker } from '../../../../set-ups/worker.ts';

type Job = ReturnType<typeof contextOf>['job'];

const reserveMs = 10_000;
const canceled = new JobCanceledError('stop');

/** The context of a counting job that has a minute left. */
function contextOf(item = aRunningItem()) {
  const { deps, store, clock } = aWorker();
  store.items.set(jobId, item);
  const controller = new AbortController();
  const heartbeat = new Heartbeat({ lease: aLease(item), delivery: aDelivery(), controller }, deps);
  const contract: JobContract = counting;
  const output = new OutputStream(item, deps);
  const running = {
    item,
    message: aMessage(),
    contract,
    controller,
    heartbeat,
    secrets: new SecretValues(),
    output,
    states: new StateObjects(item, deps),
    waits: new OpenWaits(),
    resumed: item.checkpoint,
    endsAt: t0 + 60_000,
    reserveMs,
    isStopping: () => false,
  };
  const job = jobContext({ ...running, reporter: {} }, { ...deps, spawning: deps });
  return { job, output, heartbeat, controller, clock, stored: () => store.items.get(jobId) };
}

describe('the context of a running job', () => {
  test('has the id, the tenant, the time of the submission, the attempt, the fencing token and the last checkpoint', () => {
    const { job } = contextOf(aRunningItem({ attempt: 2, fencingToken: 5, checkpoint: '{"passed":7}' }));
    expect(job).toMatchObject({
      id: jobId,
      tenant: 'a tenant',
      submittedAt: t0 - 1_000,
      attempt: 2,
      fencingToken: 5,
      resume: { passed: 7 },
    });
    expect(contextOf().job.resume).toBeUndefined();
  });

  test('tells the time of its worker, and another UUID each time', async () => {
    const { job, clock } = contextOf();
    expect(job.now()).toBe(t0);
    await clock.advance(5_000);
    expect(job.now()).toBe(t0 + 5_000);
    expect(job.uuid()).toMatch(/^[0-9a-f-]{36}$/);
    expect(job.uuid()).not.toBe(job.uuid());
  });

  test('does not copy its output for a state that is not stored', async () => {
    const { job, output } = contextOf();
    const copies: number[] = [];
    output.snapshot = () => void copies.push(1);
    for (let passed = 0; passed < 5; passed += 1) {
      await job.output().write('a line\n');
      await job.checkpoint({ passed });
    }
    expect(copies).toEqual([]);
  });

  test('cannot be created if the last checkpoint no longer fits the contract', () => {
    expect(() => contextOf(aRunningItem({ checkpoint: '{"left":7}' }))).toThrow(CheckpointError);
  });

  test('pauses for the given time, or until the job is aborted', async () => {
    const { job, clock, controller } = contextOf();
    let pauseResult: unknown = 'pending';
    const pause = (seconds: number) =>
      job.pause(seconds).then(
        () => (pauseResult = 'paused'),
        (error: unknown) => (pauseResult = error),
      );
    pause(3);
    await clock.advance(2_999);
    expect(pauseResult).toBe('pending');
    await clock.advance(1);
    expect(pauseResult).toBe('paused');
    pause(3);
    controller.abort(canceled);
    await clock.advance(0);
    expect(pauseResult).toBe(canceled);
  });

  test('rejects every call after the job was aborted, with the reason', async () => {
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
])(
  'a %s call that the handler does not await causes no unhandled rejection when it fails',
  async (_what, call) => {
    const { job, controller } = contextOf();
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', record);
    controller.abort(canceled);
    void call(job);
    await setImmediate();
    await setImmediate();
    process.off('unhandledRejection', record);
    expect(unhandled).toEqual([]);
  },
);

describe('a checkpoint', () => {
  test('is written at most every 5 seconds, with the latest state', async () => {
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

  test('has the state at the time of the call, even if the handler changes the state while it is saved', async () => {
    const { job, heartbeat } = contextOf();
    const state = { passed: 1 };
    const saving = job.checkpoint(state);
    state.passed = 2;
    await saving;
    expect(heartbeat.lastReport.checkpoint).toBe('{"passed":1}');
  });

  test('that is not written yet is part of the next report', async () => {
    const { job, heartbeat } = contextOf();
    await job.checkpoint({ passed: 1 });
    expect(heartbeat.lastReport.checkpoint).toBe('{"passed":1}');
  });

  test('rejects with a JobCanceledError if a cancel was requested', async () => {
    const { job, clock } = contextOf(aRunningItem({ cancelRequested: true }));
    await clock.advance(5_000);
    await expect(job.checkpoint({ passed: 1 })).rejects.toThrow(JobCanceledError);
  });

  test('rejects with a CheckpointError if the state does not fit the contract', async () => {
    await expect(contextOf().job.checkpoint({ left: 1 })).rejects.toThrow(CheckpointError);
  });

  test('hands the job over when only the reserve of the time is left', async () => {
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

  test('hands the job over earlier if the next checkpoint might come too late', async () => {
    const { job, clock } = contextOf();
    await clock.advance(20_000);
    await job.checkpoint({ passed: 1 });
    await clock.advance(9_999);
    await job.checkpoint({ passed: 2 });
    await clock.advance(1);
    await expect(job.checkpoint({ passed: 3 })).rejects.toThrow(HandOver);
  });
});

test('a sleep hands the job over with its state and with the time to sleep', async () => {
  const { job, controller, heartbeat } = contextOf();
  await expect(job.sleep(3_600, { passed: 9 })).rejects.toThrow(HandOver);
  expect(controller.signal.reason).toEqual(expect.objectContaining({ sleepMs: 3_600_000 }));
  expect(heartbeat.lastReport.checkpoint).toBe('{"passed":9}');
});
