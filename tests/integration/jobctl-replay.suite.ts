import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { attachDebugger } from './debugger.ts';
import { eventually } from './eventually.ts';
import { startJobctl } from './jobctl-command.ts';
import { failing, type JobctlSystem, jobsIn } from './jobctl-system.ts';

const nobody = '00000000-0000-4000-8000-000000000000';
const noDebugger = '--no-debugger';
const mended = JSON.stringify({ ...failing.payload, groupBy: 'b' });
const result = '{"rows":1,"groups":[{"key":"2","values":[1]}]}\n';

/** `jobctl replay`: with what the jobs of a running system were given. */
export function describeReplay(system: () => JobctlSystem): void {
  let folder: string;
  let failed: string;
  let slow: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jobctl-replays-'));
    slow = await system().submit('counting', { seconds: 600 });
    failed = await end(await system().submit(failing.type, failing.payload));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const end = async (id: string): Promise<string> => {
    await system().run(['wait', id]);
    return id;
  };
  const replay = (...args: readonly string[]) =>
    system().run(['replay', ...args], { env: { TMPDIR: folder } });
  const started: ReturnType<typeof startJobctl>[] = [];
  // Of a test that has failed.
  afterEach(() => {
    for (const { interrupt } of started) interrupt();
  });
  /** One that waits for a debugger at `url`. */
  const waiting = async () => {
    const env = { ...system().env, TMPDIR: folder };
    const replay = startJobctl(['replay', failed, '--port', '0'], { env });
    started.push(replay);
    const isTold = async () =>
      replay.seen().includes('node inspect') ? /ws:\S+/.exec(replay.seen())?.[0] : undefined;
    return { ...replay, url: await eventually(isTold, 'a debugger to be waited for') };
  };
  const upload = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text);
    const { out } = await system().run(['upload', file]);
    await rm(file);
    return out.trim();
  };

  test('a job fails here as it has failed there, with the place in its handler', async () => {
    const { code, out, err } = await replay(failed, noDebugger);
    expect({ code, out }).toEqual({ code: 7, out: '' });
    expect(err).toContain('Last time it failed with ColumnError: there is no column "c"');
    expect(err).toMatch(/^ColumnError: .*\n {4}at \w+ \(tests\/job-types\/csv-sums\/handler\.ts:\d+:\d+\)$/m);
    expect(err).toContain('The job would fail: the error is permanent');
    expect(await readdir(folder)).toEqual([]);
  });

  test('the status of a failed job leads to it, for people', async () => {
    const { output } = await system().onTerminal(['status', failed]);
    expect(output).toContain(`jobctl replay ${failed} --no-debugger runs its handler here`);
    expect((await system().run(['status', failed])).err).toBe('');
  });

  test('with a mended payload it succeeds, and the job itself stays as it is', async () => {
    expect(await replay(failed, noDebugger, '--payload', mended)).toMatchObject({ code: 0, out: result });
    const payload = await replay(failed, '--print-payload');
    expect(JSON.parse(payload.out)).toEqual(failing.payload);
    const asTest = await replay(failed, '--as-test');
    expect(asTest).toMatchObject({ code: 0, err: '' });
    expect(asTest.out).toContain('// ColumnError: there is no column "c"');
    expect(asTest.out).toContain('csvSums as handler');
    const { code, out } = await replay(failed, noDebugger, '--payload', mended, '--json');
    expect({ code, answer: JSON.parse(out) }).toMatchObject({
      code: 0,
      answer: { ending: 'succeeded', slices: 1, refused: [], result: JSON.parse(result) },
    });
    expect(jobsIn((await system().run(['list', '--status', 'failed', '--json'])).out)).toContainEqual(
      expect.objectContaining({ id: failed, status: 'failed' }),
    );
  });

  test('it goes on from the state that the job saved, or from the start', async () => {
    const id = slow;
    await eventually(async () => {
      const { out } = await system().run(['status', id]);
      return /running {2}[^0]/.test(out) || undefined;
    }, 'the counting to get on');
    await system().run(['cancel', id]);
    await end(id);
    // Of those seconds one is left at most.
    const further = await replay(id, noDebugger, '--payload', '{"seconds": 2}');
    expect(further).toMatchObject({ code: 0, out: '{"seconds":2}\n' });
    expect(further.err).toMatch(/from the state that it saved\n.*progress +(50|100) %/);
    const again = await replay(id, noDebugger, '--payload', '{"seconds": 1}', '--from-start');
    expect(again.err).toMatch(/from the beginning\n.*progress +0 %: 1 s left\n.*checkpoint +\{"passed":0\}/);
  });

  test('it reads the uploaded objects, or a file in place of one', async () => {
    const object = await upload('orders.csv', 'a,b\nx,1\nx,2\n');
    const payload = { object, groupBy: 'c', metrics: [{ column: 'b', op: 'sum' }] };
    const id = await end(await system().submit('csv-sums', payload));
    expect(
      await replay(id, noDebugger, '--payload', JSON.stringify({ ...payload, groupBy: 'a' })),
    ).toMatchObject({
      code: 0,
      out: '{"rows":2,"groups":[{"key":"x","values":[3]}]}\n',
    });
    const file = join(folder, 'mended.csv');
    await writeFile(file, 'c,b\ny,5\n');
    const args = [noDebugger, '--object', `${object}=${file}`];
    expect((await replay(id, ...args)).out).toBe('{"rows":1,"groups":[{"key":"y","values":[5]}]}\n');
    await rm(file);
  });

  test('it says why there is nothing to replay', async () => {
    const succeeded = await end(await system().submit('counting', { seconds: 0 }));
    const JOB_KEY = await system().keyWith('submit,read,control,erase,operate');
    const said = async (code: number, text: string | RegExp, args: readonly string[], env = {}) =>
      expect(await system().run(['replay', ...args, noDebugger], { env })).toEqual({
        code,
        out: '',
        err: expect.stringMatching(text),
      });
    await Promise.all([
      said(3, 'There is no job of this id', [nobody]),
      said(4, 'The job has succeeded: its payload is not kept', [succeeded]),
      said(5, 'lacks the right `admin`\\. Use a key that has the right', [failed], { JOB_KEY }),
      said(2, '--port is "x"', [failed, '--port', 'x']),
      said(2, '--allow is "x"', [failed, '--allow', 'x']),
      said(2, '--object is "x"', [failed, '--object', 'x']),
    ]);
  });

  test('a debugger pauses it before the handler, steps in, and sees what the job was given', async () => {
    const { url, seen, ended } = await waiting();
    expect(seen()).toMatch(/VS Code .*"request":"attach".*"port":\d+/);
    const attached = await attachDebugger(url);
    const before = await attached.start();
    expect(before.line.trim()).toBe('debugger;');
    expect((await attached.stepInto()).line).toContain('return handler(payload, job)');
    const inside = await attached.stepInto();
    expect(inside.url).toMatch(/^file:.*\/job-types\/csv-sums\/handler\.ts$/);
    expect(inside.line).toContain('const sums = job.resume ?? noSums();');
    expect(await inside.evaluate('request.groupBy')).toBe('c');
    expect(await inside.evaluate('job.id')).toBe(failed);
    await attached.resume();
    await eventually(async () => seen().includes('It has failed, after') || undefined, 'the end to be told');
    attached.close();
    expect(await ended).toMatchObject({ code: 7 });
  });

  test('Ctrl-C on a terminal, which sends it to both, leaves nothing behind either', async () => {
    const steps = [{ see: 'npx node inspect', type: '\u0003' }];
    const more = { env: { TMPDIR: folder }, steps };
    const { code, output } = await system().onTerminal(['replay', failed, '--port', '0'], more);
    expect({ code, output }).toEqual({ code: 130, output: expect.stringContaining('Attach a debugger') });
    expect(await readdir(folder)).toEqual([]);
  });

  test('a port that is taken is told; Ctrl-C ends one that waits, and leaves nothing behind', async () => {
    const { url, ...first } = await waiting();
    expect(await readdir(folder)).toHaveLength(1);
    const second = await replay(failed, '--port', new URL(url).port);
    expect(second).toMatchObject({ code: 2, err: expect.stringContaining('--port 0 takes a free one') });
    first.interrupt();
    expect(await first.ended).toEqual({ code: 130, out: '', err: expect.stringMatching(/interrupted\.\n$/) });
    expect(await readdir(folder)).toEqual([]);
  });
}
