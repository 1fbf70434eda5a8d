import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { captureConsole } from '../set-ups/captured-console.ts';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import type { System } from './system.ts';

const captured = captureConsole();
afterAll(captured.restore);

let system: System;

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
const counting = { type: 'counting', payload: { seconds: 0 } };

export function describeStartBefore(running: () => System): void {
  const hold = useHolds();
  beforeAll(() => {
    system = running();
  });

  // The first one: it starts the workers late.
  test('a job that cannot start in time fails, and a retry runs it late', async () => {
    // It is accepted before that, however slow the machine is.
    const startBefore = inMs(10_000);
    const { id, ...accepted } = await system.request({ ...counting, startBefore });
    expect(accepted).toMatchObject({ status: 'queued', startBefore });
    await setTimeout(Date.parse(startBefore) + 100 - Date.now());
    system.start();
    const job = await system.finished(id);
    expect(job).toMatchObject({ status: 'failed', attempt: 0, startedAt: null, startBefore });
    expect(job.error?.name).toBe('NotStartedInTimeError');
    expect((await system.call('POST', `/jobs/${id}/retry`)).status).toBe(202);
    expect(await system.finished(id)).toMatchObject({ status: 'succeeded', startBefore });
  });

  test('a job that starts in time succeeds', async () => {
    const { id } = await system.request({ ...counting, startBefore: inMs(600_000) });
    expect(await system.finished(id)).toMatchObject({ status: 'succeeded' });
  });

  test('a job whose dependency takes too long fails, and does not wait for it', async () => {
    const { heldBy } = hold();
    const dependency = await system.submit('counting', { seconds: 1, heldBy });
    await eventually(
      async () => (await system.get(dependency.id)).status === 'running' || undefined,
      'the dependency to run',
    );
    const { id } = await system.request({
      ...counting,
      dependsOn: [dependency.id],
      startBefore: inMs(10_000),
    });
    expect((await system.finished(id)).error?.name).toBe('NotStartedInTimeError');
    expect(await system.get(dependency.id)).toMatchObject({ status: 'running' });
    await system.call('POST', `/jobs/${dependency.id}/cancel`);
  });

  test.each([
    ['that is past', () => ({ startBefore: inMs(-1_000) })],
    ['before it may run', () => ({ startBefore: inMs(60_000), runAt: inMs(120_000) })],
    ['that is none', () => ({ startBefore: 'tomorrow' })],
  ])('a time to start %s is refused', async (_what, times) => {
    const body = JSON.stringify({ ...counting, ...times() });
    const answer = await system.call('POST', '/jobs', { body });
    expect([answer.status, JSON.parse(answer.body).errors]).toMatchObject([
      400,
      [{ pointer: '/startBefore' }],
    ]);
  });

  test("the trace of a submission is in every line of its worker's log", async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { id } = await system.submit('counting', { seconds: 0, failFirst: 1 }, { traceparent });
    await system.finished(id);
    const lines = captured.lines.filter((line) => line.includes(id) && line.includes('attempt failed'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ traceparent, jobId: id, attempt: 1 });
  });

  test.each(['', '00-0-0-01', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
    'a trace that is none is ignored: `%s`',
    async (traceparent) => {
      const { id } = await system.submit('counting', { seconds: 0 }, { traceparent });
      expect(await system.finished(id)).toMatchObject({ status: 'succeeded' });
    },
  );
}
