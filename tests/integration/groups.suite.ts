import { beforeAll, expect, test } from '@jest/globals';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import type { System } from './system.ts';
import { endOf, expectOneAfterTheOther, expectOneEnd } from './times.ts';

let system: System;

const counting = (group: string, payload: unknown) => system.request({ type: 'counting', group, payload });
/** Submits a job that fails in its first attempt, without a retry. */
const failing = (group: string) =>
  system.request({
    type: 'csv-sums',
    group,
    payload: { csv: 'a\n1\n', groupBy: 'b', metrics: [{ column: 'a', op: 'sum' }] },
  });
const allFinished = (jobs: readonly JobResponse[]) => Promise.all(jobs.map(({ id }) => system.finished(id)));
const post = (id: string, action: 'cancel' | 'retry') => system.call('POST', `/jobs/${id}/${action}`);

export function describeGroups(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('20 jobs of a group run one at a time in the order of their submission, also if jobs fail or are retried', async () => {
    const submitted: JobResponse[] = [];
    const others: JobResponse[] = [];
    for (let index = 0; index < 20; index += 1) {
      if (index === 7) submitted.push(await failing('mixed'));
      else submitted.push(await counting('mixed', { seconds: 0, ...(index === 3 ? { failFirst: 2 } : {}) }));
      if (index % 4 === 0) others.push(await counting('other', { seconds: 0 }));
    }
    const jobs = await allFinished(submitted);
    expectOneAfterTheOther(jobs);
    expectOneAfterTheOther(await allFinished(others));
    for (const job of jobs) expectOneEnd(job);
    expect(jobs.map(({ status }) => status)).toEqual(
      jobs.map((_, index) => (index === 7 ? 'failed' : 'succeeded')),
    );
    expect(jobs[3]).toMatchObject({ attempt: 3, group: 'mixed' });
    await system.drained('ordered.fifo');
  });

  test('a long job blocks only its own group, and only until it is canceled', async () => {
    const long = await counting('blocked', { seconds: 600 });
    const next = await counting('blocked', { seconds: 0 });
    await eventually(
      async () => (await system.get(long.id)).status === 'running' || undefined,
      'the job to run',
    );
    await system.finished((await counting('free', { seconds: 0 })).id);
    expect((await system.get(next.id)).status).toBe('queued');
    expect((await post(long.id, 'cancel')).status).toBe(202);
    const [canceled, after] = await Promise.all([system.finished(long.id), system.finished(next.id)]);
    expect(canceled.status).toBe('canceled');
    expect(after.status).toBe('succeeded');
    expectOneAfterTheOther([canceled, after]);
  });

  test('cancel makes the message of a job in backoff visible, so that the next job of the group runs', async () => {
    const first = await counting('backing off', { seconds: 0, failFirst: 4 });
    const next = await counting('backing off', { seconds: 0 });
    await eventually(
      async () => (await system.get(first.id)).history.some(({ event }) => event === 'retrying') || undefined,
      'an attempt to fail',
    );
    await system.halt('ordered.fifo');
    system.queue.operations.length = 0;
    expect((await post(first.id, 'cancel')).status).toBe(200);
    expect(system.queue.operations).toEqual(['ChangeMessageVisibility']);
    system.start('ordered.fifo');
    const jobs = await allFinished([first, next]);
    expect(jobs.map(({ status }) => status)).toEqual(['canceled', 'succeeded']);
    expectOneAfterTheOther(jobs);
  });

  test('a bulk cancel of the head of a group makes its message visible, so that the next job runs', async () => {
    const tags = ['bulk-cancel'];
    const payload = { seconds: 0, failFirst: 4 };
    const first = await system.request({ type: 'counting', group: 'in bulk', payload, tags });
    const next = await counting('in bulk', { seconds: 0 });
    await eventually(
      async () => (await system.get(first.id)).history.some(({ event }) => event === 'retrying') || undefined,
      'an attempt to fail',
    );
    await system.halt('ordered.fifo');
    let isShown = false;
    system.queue.treat = (operation, sent) => {
      // The bulk action has a message of its own.
      isShown ||= operation === 'ChangeMessageVisibility' && sent.includes('ordered.fifo');
      return 'pass';
    };
    const body = JSON.stringify({ action: 'cancel', filter: { tags } });
    expect(await system.call('POST', '/jobs/actions', { body })).toMatchObject({ status: 202 });
    expect((await system.finished(first.id)).status).toBe('canceled');
    await eventually(async () => isShown || undefined, 'the message of the head to be made visible');
    system.start('ordered.fifo');
    expect((await system.finished(next.id)).status).toBe('succeeded');
  });

  test('a job that is retried runs again, after the other jobs of its group', async () => {
    const failed = await system.finished((await failing('retried')).id);
    const ahead = await counting('retried', { seconds: 2 });
    const retriedAt = Date.now();
    expect((await post(failed.id, 'retry')).status).toBe(202);
    const { history } = await eventually(async () => {
      const job = await system.finished(failed.id);
      return endOf(job) > retriedAt ? job : undefined;
    }, 'the retried job to finish');
    expect(history.map(({ event }) => event)).toEqual([
      'started',
      'failed',
      'resubmitted',
      'started',
      'failed',
    ]);
    const restart = Date.parse(history.at(-2)?.at ?? '');
    expect(restart).toBeGreaterThanOrEqual(endOf(await system.get(ahead.id)));
  });

  test('jobs of different groups run at the same time', async () => {
    const jobs = await Promise.all(['a', 'b', 'c'].map((group) => counting(group, { seconds: 600 })));
    await eventually(async () => {
      const current = await Promise.all(jobs.map(({ id }) => system.get(id)));
      return current.every(({ status }) => status === 'running') || undefined;
    }, 'all jobs to run');
    await Promise.all(jobs.map(({ id }) => post(id, 'cancel')));
    await allFinished(jobs);
  });

  test('a message of the ordered queue that cannot be read is quarantined with a reason', async () => {
    await system.send('{"no": "job"}', 'ordered.fifo');
    const quarantined = await eventually(async () => {
      const messages = await system.receive('quarantine');
      return messages.length > 0 ? messages : undefined;
    }, 'the message in quarantine');
    expect(quarantined).toEqual([{ body: '{"no": "job"}', reason: expect.stringContaining('tenant') }]);
    await system.drained('ordered.fifo');
  });
}
