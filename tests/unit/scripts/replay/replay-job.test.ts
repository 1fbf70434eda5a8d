import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { describeThrown } from '../../../../scripts/replay/describe-error.ts';
import { environmentFor } from '../../../../scripts/replay/environment-of-replay.ts';
import { narrator } from '../../../../scripts/replay/narrator.ts';
import { maxSlices } from '../../../../scripts/replay/replay-job.ts';
import { reportEnd } from '../../../../scripts/replay/report-end.ts';
import { defineJob } from '../../../../shared/author/contract.ts';
import { showEverywhere } from '../../../../shared/author/secret-values.ts';
import { settingsOf } from '../../../../shared/author/settings.ts';
import { defineUses, parameter, secret, stageBucket } from '../../../../shared/author/uses.ts';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { uploadNameFor } from '../../../../shared/domain/objects/upload-name.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { root } from '../../../project-copy.ts';
import { anOrder, replaying } from '../../../set-ups/replaying.ts';
import { jobId, uploadRules } from '../../../set-ups/samples.ts';
import { aType } from '../../infra/a-type.ts';

const contract = defineJob({
  payload: z.unknown(),
  result: z.unknown(),
  checkpoint: z.strictObject({ at: z.int() }),
  timeoutSeconds: 10,
  maxAttempts: 3,
});
const object = uploadNameFor({ tenant: 'a tenant', id: jobId, now: t0 }, uploadRules);
describe('a replay', () => {
  afterAll(showEverywhere);

  test('has made up each setting and each secret of a type, so that its adapter comes to the fence', async () => {
    const uses = defineUses({
      variables: { AT: parameter('at'), KEY: secret('shop/{stage}/key'), BUCKET: stageBucket },
    });
    const { AT, BUCKET, KEY } = settingsOf(uses, environmentFor([{ ...aType({}), uses }]));
    expect([AT, BUCKET]).toEqual(['https://replay.example', 'replay']);
    expect(await KEY.read()).toBe('secret-of-the-stage');
  });

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

  test('does each step once, and goes over the waits between them', async () => {
    const done: string[] = [];
    const { checkpoint: _, ...rest } = contract;
    await using job = await replaying(
      defineJob({ ...rest, hasSteps: true }),
      async (_payload, { step, waitFor }) => {
        const first = await step('first', () => done.push('first'));
        await waitFor('a day', { until: 24 * 3600 });
        return `${first} ${await step('second', () => done.push('second'))}`;
      },
    );
    const { end } = await job.replay(anOrder());
    expect(end).toEqual({ kind: 'succeeded', slices: 2, result: '"1 2"' });
    expect(done).toEqual(['first', 'second']);
    expect(job.told()).toContain('step        second: 2');
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

const ended = { milliseconds: 12, refused: [], root };
const succeeded = { kind: 'succeeded', slices: 1, result: '{"a":1}' } as const;

const errorWith = (stack: string, cause?: Error): Error =>
  Object.assign(new Error('no', { cause }), { stack: `Error: no\n${stack}` });

describe('report end', () => {
  test('prints the result alone on the standard output', () => {
    const { code, answer, lines } = reportEnd({ ...ended, end: succeeded }, anOrder(), 10);
    expect({ code, answer, lines }).toEqual({
      code: 0,
      answer: '{"a":1}',
      lines: ['It has succeeded, after 12 ms. Nothing of it was stored.'],
    });
  });

  test('prints one document for programs', () => {
    const order = anOrder({ isJson: true });
    const { answer } = reportEnd({ ...ended, end: succeeded, refused: ['a'] }, order, 10);
    expect(JSON.parse(answer ?? '')).toEqual({
      ending: 'succeeded',
      slices: 1,
      milliseconds: 12,
      refused: ['a'],
      result: { a: 1 },
    });
    const end = { kind: 'failed', slices: 2, error: new TypeError('no'), isRetried: true } as const;
    const failed = reportEnd({ ...ended, end }, order, 10);
    expect({ ...failed, answer: JSON.parse(failed.answer ?? '') }).toMatchObject({
      code: 7,
      answer: { ending: 'failed', error: { name: 'TypeError', message: 'no' }, retried: true },
    });
  });

  test.each([
    [1, true, 'There would be another attempt: this was number 1 of 3.'],
    [3, false, 'The job would fail: it was the last attempt of 3.'],
    [1, false, 'The job would fail: the error is permanent, so no attempt is made again.'],
  ])('says what follows from an error in attempt %s', (attempt, isRetried, consequence) => {
    const end = { kind: 'failed', slices: 1, error: errorWith(''), isRetried } as const;
    const { lines } = reportEnd({ ...ended, end }, anOrder({ job: { attempt } }), 10);
    expect(lines).toEqual(['Error: no', `It has failed, after 12 ms. ${consequence}`]);
  });

  test('says why it does not go on, what was refused, and what took too long', () => {
    const refused = ['the program ffmpeg was not started', 'the connection to a.example:443 was not made'];
    const end = { kind: 'stopped', slices: 2, isFenced: true, state: undefined } as const;
    const { code, lines } = reportEnd({ end, milliseconds: 12_345, refused, root }, anOrder(), 10);
    expect({ code, lines }).toEqual({
      code: 9,
      lines: [
        'It would go on later, after 12.3 s, in 2 slices, but it waits for what was refused.',
        'It took 12.3 s; its contract allows 10 s.',
        'The fence has refused:',
        '  the program ffmpeg was not started',
        '  the connection to a.example:443 was not made',
        '--allow a.example:443 lets it through. Then what is written there is written.',
      ],
    });
  });

  test('an error is shown with its causes, and with the frames of what the developer wrote', () => {
    const frames = [
      `    at parse (file://${root}/job-types/a/handler.ts:3:7)`,
      `    at async file://${root}/job-types/a/handler.ts:9:1`,
      `    at pausing (file://${root}/scripts/replay/replay.ts:11:10)`,
      `    at runHandler (file://${root}/shared/worker/run-handler.ts:55:1)`,
      '    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)',
    ];
    const cause = errorWith(`    at read (file://${root}/job-types/a/b.ts:1:2)`);
    expect(describeThrown(errorWith(frames.join('\n'), cause), root).split('\n')).toEqual([
      'Error: no',
      '    at parse (job-types/a/handler.ts:3:7)',
      '    at async job-types/a/handler.ts:9:1',
      'caused by Error: no',
      '    at read (job-types/a/b.ts:1:2)',
    ]);
  });
});

function telling() {
  let now = t0;
  const lines: string[] = [];
  const told = narrator({ write: (text) => lines.push(text), now: () => now });
  return {
    ...told,
    lines,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

describe('narrator', () => {
  test('tells the time, what it is, and the text', () => {
    const { tell, log, lines } = telling();
    tell('progress', '40 %');
    log.warn('a message', { rows: 3 });
    log.info('another');
    expect(lines).toEqual([
      '03:04:05.678  progress    40 %\n',
      '03:04:05.678  log warn    a message { rows: 3 }\n',
      '03:04:05.678  log info    another\n',
    ]);
  });

  test('leaves lines out of what comes too often, of each kind by itself', () => {
    const { tell, lines, pass } = telling();
    for (let count = 0; count < 1_000; count += 1) {
      tell('progress', `${count}`, { isFrequent: true });
      pass(1);
    }
    tell('checkpoint', 'a state', { isFrequent: true });
    expect(lines).toHaveLength(11);
  });

  test('cuts what is long, and writes nothing that a terminal would follow', () => {
    const { tell, line, lines } = telling();
    tell('checkpoint', 'x'.repeat(10_000));
    line('a\u001b[2Jb\u009bc\u202ed');
    expect(lines[0]?.length).toBeLessThan(500);
    expect(lines[0]).toMatch(/x \.\.\. \(10000 characters\)\n$/);
    expect(lines[1]).toBe('a\ufffd[2Jb\ufffdc\ufffdd\n');
  });
});
