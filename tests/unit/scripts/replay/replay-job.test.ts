import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { maxSlices } from '../../../../scripts/replay/replay-job.ts';
import { defineJob } from '../../../../shared/job/contract.ts';
import { PermanentError } from '../../../../shared/job/errors.ts';
import { uploadNameFor } from '../../../../shared/job/upload-name.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anOrder, replaying } from '../../../set-ups/replaying.ts';
import { jobId, uploadRules } from '../../../set-ups/samples.ts';

const contract = defineJob({
  payload: z.unknown(),
  result: z.unknown(),
  checkpoint: z.strictObject({ at: z.int() }),
  timeoutSeconds: 10,
  maxAttempts: 3,
});
const object = uploadNameFor({ tenant: 'a tenant', id: jobId, now: t0 }, uploadRules);
describe('a replay', () => {
  test('gives the handler what the job was given, and keeps what it returns', async () => {
    await using job = await replaying(
      contract,
      (payload, { id, tenant, run, attempt, fencingToken, submittedAt }) => ({
        ...Object(payload),
        ...{ id, tenant, run, attempt, fencingToken, submittedAt },
      }),
    );
    const { end } = await job.replay(anOrder({ payload: { a: 1 }, job: { attempt: 2, run: 7 } }));
    expect(end).toMatchObject({ kind: 'succeeded', slices: 1 });
    expect(JSON.parse('result' in end ? end.result : '')).toEqual({
      a: 1,
      id: jobId,
      tenant: 'a tenant',
      run: 7,
      attempt: 2,
      fencingToken: 5,
      submittedAt: t0 - 1_000,
    });
  });

  test('goes on from the state that was saved, and over a sleep at once, with the clock set ahead', async () => {
    const seen: object[] = [];
    const hour = 3_600;
    await using job = await replaying(contract, (_payload, { resume, attempt, fencingToken, now, sleep }) => {
      seen.push({ resume, attempt, fencingToken, hours: Math.floor((now() - t0) / 3_600_000) });
      return resume && resume.at >= 3 ? 'done' : sleep(hour, { at: (resume?.at ?? 0) + 1 });
    });
    const checkpointFile = await job.put('state', '{"at":1}');
    const { end } = await job.replay(anOrder({ checkpointFile, job: { attempt: 3 } }));
    expect(end).toEqual({ kind: 'succeeded', slices: 3, result: '"done"' });
    expect(seen).toEqual([
      { resume: { at: 1 }, attempt: 3, fencingToken: 5, hours: 0 },
      { resume: { at: 2 }, attempt: 1, fencingToken: 6, hours: 1 },
      { resume: { at: 3 }, attempt: 1, fencingToken: 7, hours: 2 },
    ]);
    expect(job.told()).toContain('sleep       3600 s, with {"at":2}');
  });

  test('hands a state over that is too large for an item', async () => {
    const large = defineJob({ ...contract, checkpoint: z.array(z.string()) });
    const state = ['x'.repeat(100_000)];
    await using job = await replaying(large, (_payload, { resume, sleep }) =>
      resume ? resume.length : sleep(1, state),
    );
    expect((await job.replay(anOrder())).end).toEqual({ kind: 'succeeded', slices: 2, result: '1' });
  });

  test('ends when its slices are used up', async () => {
    await using job = await replaying(contract, (_payload, { sleep }) => sleep(60, { at: 1 }));
    const { end } = await job.replay(anOrder());
    expect(end).toEqual({ kind: 'stopped', slices: maxSlices, isFenced: false, state: '{"at":1}' });
  });

  test('does not go on to wait for what the fence has refused', async () => {
    await using job = await replaying(contract, (_payload, { sleep }) => {
      job.refused.add('the connection was not made');
      return sleep(60, { at: 1 });
    });
    expect((await job.replay(anOrder())).end).toMatchObject({ kind: 'stopped', slices: 1, isFenced: true });
  });

  test.each([
    ['an error that passes', new Error('no'), 1, true],
    ['an error that passes, in the last attempt', new Error('no'), 3, false],
    ['a permanent error', new PermanentError('no'), 1, false],
  ])('says whether there would be another attempt after %s', async (_what, error, attempt, isRetried) => {
    await using job = await replaying(contract, () => {
      throw error;
    });
    const { end } = await job.replay(anOrder({ job: { attempt } }));
    expect(end).toEqual({ kind: 'failed', slices: 1, error, isRetried });
  });

  test('reads an object from its file, from any position, and says which it does not have', async () => {
    await using job = await replaying(contract, async (name, job) => {
      const read = job.object(String(name));
      return [await read.size(), await text(read.stream({ from: 2 }))];
    });
    const objects = { [object]: await job.put('object', 'abcdef') };
    const read = await job.replay(anOrder({ payload: object, objects }));
    expect(read.end).toMatchObject({ result: '[6,"cdef"]' });
    const missing = await job.replay(anOrder({ payload: object }));
    expect(missing.end).toMatchObject({
      kind: 'failed',
      error: { name: 'MissingObjectError' },
      isRetried: false,
    });
  });

  test('keeps a streamed result in a file, also a large one, and over a sleep', async () => {
    const mb = Buffer.alloc(1024 * 1024, 'x');
    await using job = await replaying(contract, async (_payload, { resume, output, outputBytes, sleep }) => {
      const stream = output({ contentType: 'text/plain' });
      await stream.write(resume ? 'end' : 'begin');
      for (let count = 0; count < 10; count += 1) await stream.write(mb);
      return resume ? outputBytes : sleep(1, { at: 1 });
    });
    const { end, files } = await job.replay(anOrder());
    const bytes = 2 * 10 * mb.length + 8;
    expect(end).toMatchObject({
      result: String(10 * mb.length + 5),
      output: { bytes, contentType: 'text/plain' },
    });
    const written = await readFile(files.fileOf('output' in end ? (end.output?.name ?? '') : ''));
    expect([written.length, written.subarray(0, 6).toString()]).toEqual([bytes, 'beginx']);
    expect(written.subarray(10 * mb.length + 5, 10 * mb.length + 9).toString()).toBe('endx');
  });

  test('counts on from what was streamed before, whose bytes are not here', async () => {
    await using job = await replaying(contract, async (_payload, { output, outputBytes }) => {
      await output().write('abc');
      return [outputBytes, output().bytes];
    });
    const output = { contentType: 'text/csv', bytes: 1_000 };
    const { end } = await job.replay(anOrder({ output }));
    expect(end).toMatchObject({ result: '[1000,1003]', output: { contentType: 'text/csv' } });
  });

  test('has a result that would be in an object', async () => {
    await using job = await replaying(contract, () => 'x'.repeat(50_000));
    expect((await job.replay(anOrder())).end).toMatchObject({
      kind: 'succeeded',
      result: `"${'x'.repeat(50_000)}"`,
    });
  });

  test('checks payload, state and result by the contract', async () => {
    const strict = defineJob({ ...contract, payload: z.string(), result: z.string() });
    await using job = await replaying(strict, (payload) => payload);
    expect((await job.replay(anOrder({ payload: 'a' }))).end).toMatchObject({ result: '"a"' });
    expect((await job.replay(anOrder({ payload: 1 }))).end).toMatchObject({
      error: { name: 'InvalidPayloadError' },
    });
    const checkpointFile = await job.put('state', '{"at":"x"}');
    const { end } = await job.replay(anOrder({ payload: 'a', checkpointFile }));
    expect(end).toMatchObject({ error: { name: 'CheckpointError' } });
  });
});
