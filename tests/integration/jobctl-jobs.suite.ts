import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { eventually } from './eventually.ts';
import { useHolds } from './holds.ts';
import { runPiped, startJobctl } from './jobctl-command.ts';
import { failing, type JobctlSystem, jobsIn, printedJob } from './jobctl-system.ts';

const uuidLine = /^[0-9a-f-]{36}\n$/;

/** Submitting and following, through pipes. */
export function describeJobs(system: () => JobctlSystem): void {
  const hold = useHolds();
  test('submit prints the id alone, and wait the result alone', async () => {
    const submitted = await system().run(['submit', 'counting', '--payload', '{"seconds": 1}']);
    expect(submitted).toEqual({ code: 0, out: expect.stringMatching(uuidLine), err: '' });
    const waited = await system().run(['wait', submitted.out.trim()]);
    expect(waited).toEqual({ code: 0, out: '{"seconds":1}\n', err: '' });
  });

  test('a payload of 200 KB comes from the standard input', async () => {
    const rows = 40_000;
    const csv = `a,b\n${'x,12\n'.repeat(rows)}`;
    const stdin = JSON.stringify({ csv, groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] });
    expect(stdin.length).toBeGreaterThan(200 * 1024);
    const { code, out } = await system().run(['submit', 'csv-sums', '--payload', '-', '--wait'], {
      stdin,
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({ rows, groups: [{ key: 'x', values: [rows * 12] }] });
  });

  test('watch prints a line for each change, and with --json each state', async () => {
    const { heldBy, release } = hold();
    const id = await system().submit('counting', { seconds: 3, heldBy });
    const commands = [
      ['watch', id],
      ['watch', id, '--json'],
    ].map((args) => startJobctl(args, system()));
    for (const { seen } of commands)
      await eventually(async () => seen().includes(' s left') || undefined, 'the progress to be printed');
    await release();
    const [lines, json] = await Promise.all(commands.map(({ ended }) => ended));
    expect(lines).toMatchObject({ code: 0, err: '' });
    expect(lines?.out.split('\n').at(-2)).toMatch(/^\d\d:\d\d:\d\d {2}succeeded {2}100 %: done$/);
    expect(lines?.out).toContain(' s left');
    const states = jobsIn(json?.out ?? '');
    expect(states.length).toBeGreaterThan(1);
    expect(states.at(-1)).toMatchObject({ id, status: 'succeeded', result: { seconds: 3 } });
  });

  test('status tells why a job failed, to people and to programs', async () => {
    const id = await system().submit(failing.type, failing.payload);
    await system().run(['wait', id]);
    const [people, programs] = await Promise.all([
      system().run(['status', id]),
      system().run(['--json', 'status', id]),
    ]);
    expect(people).toMatchObject({
      code: 0,
      out: expect.stringContaining('ColumnError: there is no column "c"'),
    });
    expect(printedJob.parse(JSON.parse(programs.out))).toMatchObject({ id, status: 'failed' });
  });

  test('what a job has to say cannot steer the terminal', async () => {
    const id = await system().submitWaiting('--tag', 'red \u001b[31m\u009b2J');
    const printed = await Promise.all([
      system().run(['status', id]),
      system().run(['status', id, '--json']),
      system().run(['list', '--limit', '1']),
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    for (const { out } of printed) expect(out).not.toMatch(/[\u001b\u0080-\u009f]/);
  });

  test('the options of submit arrive', async () => {
    const first = await system().submitWaiting();
    const day = new Date(Date.now() + 86_400_000).toISOString().replace(/\.\d+/, '');
    const args = [
      '--after',
      first,
      '--tag',
      'a',
      '--tag',
      'b',
      '--key',
      'only "once"',
      '--start-before',
      day,
      '--json',
    ];
    const submit = () => system().run(['submit', 'counting', '--payload', '{"seconds": 0}', ...args]);
    const [one, two] = [await submit(), await submit()].map(({ out }) => JSON.parse(out));
    expect(one).toMatchObject({
      dependsOn: [first],
      tags: ['a', 'b'],
      startBefore: new Date(day).toISOString(),
    });
    expect(two.id).toBe(one.id);
  });

  test('a result is written to a file, whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jobctl-'));
    try {
      const id = await system().submit('counting', { seconds: 0 });
      await system().run(['wait', id]);
      const file = join(folder, 'result.json');
      expect(await system().run(['result', id, '-o', file])).toEqual({ code: 0, out: '', err: '' });
      expect(await readFile(file, 'utf8')).toBe('{"seconds":0}');
      expect(await readdir(folder)).toEqual(['result.json']);
      expect((await system().run(['result', id])).out).toBe('{"seconds":0}');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('list has 20 jobs, the newest first, or all of them, also more than a page', async () => {
    const jobs = Array.from({ length: 51 }, () => ({
      type: 'counting',
      payload: { seconds: 0 },
      delaySeconds: 864_000,
      tags: ['many'],
    }));
    const headers = { authorization: `Bearer ${system().env.JOB_KEY}`, 'content-type': 'application/json' };
    for (let batch = 0; batch < 2; batch += 1)
      await fetch(`${system().address}/jobs/batch`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ jobs }),
      });
    const list = async (...more: string[]) =>
      jobsIn((await system().run(['list', '--tag', 'many', '--json', ...more])).out);
    const [some, seven, all] = await Promise.all([list(), list('--limit', '7'), list('--all')]);
    expect([some.length, seven.length, all.length]).toEqual([20, 7, 102]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(102);
    expect(all.slice(0, 7)).toEqual(seven);
    const hintOf = async (...more: string[]) => (await system().run(['list', '--tag', 'many', ...more])).err;
    expect(await hintOf()).toBe('There are more: --limit 100, or --all.\n');
    expect(await hintOf('--limit', '7')).toBe('');
  });

  test('a reader that has seen enough ends the command quietly', async () => {
    const shell = `"${process.execPath}" node_modules/.bin/jobctl list --all | true; echo "\${PIPESTATUS[0]}"`;
    const ended = await runPiped(['bash', '-c', shell], { env: system().env });
    expect(ended).toEqual({ code: 0, out: '0\n', err: '' });
  });

  test('list filters, also by times as people write them', async () => {
    const failed = await system().run(['list', '--status', 'failed', '--since', 'yesterday', '--json']);
    expect(jobsIn(failed.out).map(({ status }) => status)).toContain('failed');
    expect(new Set(jobsIn(failed.out).map(({ status }) => status))).toEqual(new Set(['failed']));
    const before = await system().run(['list', '--until', '1h']);
    expect(before).toEqual({ code: 0, out: '', err: '' });
  });
}
