import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandError } from '../../../../../../client/jobctl/src/ending.ts';
import { NetworkError } from '../../../../../../client/jobctl/src/library.ts';
import { download } from '../../../../../../client/jobctl/src/replay/fetch-input.ts';
import { findClone, startReplay } from '../../../../../../client/jobctl/src/replay/start-replay.ts';
import { type Answer, answering, withServer } from '../../../../../integration/scripted-server.ts';

let folder: string;
let count = 0;

async function fetched(answer: Answer) {
  count += 1;
  const file = join(folder, String(count));
  const bytes = await withServer(answer, (url) =>
    download(`${url}/a?signed`, file, new AbortController().signal),
  );
  return { file, bytes };
}

describe('fetch input', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fetch-input-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('an object comes into a file that only its owner can read, without a credential', async () => {
    let asked: NodeJS.Dict<unknown> = {};
    const { file, bytes } = await fetched((response, request) => {
      asked = request.headers;
      answering(200, 'the bytes')(response, request);
    });
    expect([bytes, await readFile(file, 'utf8')]).toEqual([9, 'the bytes']);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Object.keys(asked)).not.toContain('authorization');
  });

  test.each([403, 404])('an object that is answered with %s is not kept any more', async (status) => {
    expect((await fetched(answering(status, '<Error/>'))).bytes).toBeUndefined();
  });

  test('a bucket that cannot answer is told', async () => {
    const failed = fetched(answering(503, ''));
    await expect(failed).rejects.toThrow(CommandError);
    await expect(failed).rejects.toThrow('The bucket answers 503');
  });

  test('an object that did not come whole is not taken for one that did', async () => {
    const cut = fetched((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('the');
      setTimeout(() => response.destroy(), 50);
    });
    await expect(cut).rejects.toThrow(NetworkError);
  });

  test('a redirect is not followed', async () => {
    await expect(fetched(answering(302, '', { location: 'http://127.0.0.1:9/' }))).rejects.toThrow(
      NetworkError,
    );
  });
});

/** A clone whose script is this program. */
async function cloneWith(program: string) {
  const folder = await mkdtemp(join(tmpdir(), 'clone-'));
  await mkdir(join(folder, 'scripts'));
  const script = join(folder, 'scripts/replay-job.ts');
  await writeFile(script, program);
  const start = (signal: AbortSignal, env = {}) =>
    startReplay(
      { folder, hasDebugger: false },
      { node: process.execPath, script, compileCache: join(folder, 'cache') },
      { env, signal },
    );
  return { folder, start, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
const never = new AbortController().signal;

describe('start replay', () => {
  test('a command that is not in a clone says so', async () => {
    await using clone = await cloneWith('');
    expect(() => findClone(tmpdir())).toThrow(CommandError);
    expect(() => findClone(tmpdir())).toThrow('there is no');
    expect(() => findClone(clone.folder)).toThrow('run `npm ci` in the clone');
  });

  test.each([
    [0, 'ok'],
    [3, 'notFound'],
    [7, 'failed'],
    [9, 'timedOut'],
    [99, 'unexpected'],
  ])('a replay that ends with %s ends the command with "%s"', async (code, ending) => {
    await using clone = await cloneWith(`process.exit(${code})`);
    expect(await clone.start(never)).toBe(ending);
  });

  test('a replay gets no credential, and no option for Node.js', async () => {
    const program = `
    const secret = Object.keys(process.env).filter((name) => /AWS|KEY|TOKEN|NODE_OPTIONS/.test(name));
    process.exit(secret.length === 0 && process.env.TZ === 'UTC' && process.env.TMPDIR === process.cwd() ? 0 : 1);
  `;
    await using clone = await cloneWith(program);
    const env = {
      JOB_KEY: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_PROFILE: 'c',
      GH_TOKEN: 'd',
      NODE_OPTIONS: '-r x',
      TZ: 'UTC',
    };
    expect(await clone.start(never, env)).toBe('ok');
  });

  test('a replay cannot start a program, whatever it does', async () => {
    const program = `
    const { spawnSync } = await import('node:child_process');
    try { spawnSync('true'); } catch (error) { process.exit(error.code === 'ERR_ACCESS_DENIED' ? 0 : 1); }
  `;
    await using clone = await cloneWith(program);
    expect(await clone.start(never)).toBe('ok');
  });

  test('a replay that hangs, or does not want to end, is ended by Ctrl-C', async () => {
    await using clone = await cloneWith("process.on('SIGTERM', () => {}); for (;;);");
    const interruption = new AbortController();
    const ended = clone.start(interruption.signal);
    setTimeout(() => interruption.abort(new Error('interrupted')), 300);
    await expect(ended).rejects.toThrow('interrupted');
  });
});
