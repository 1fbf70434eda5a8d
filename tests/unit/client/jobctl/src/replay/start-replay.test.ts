import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CommandError } from '../../../../../../client/jobctl/src/ending.ts';
import { findClone, startReplay } from '../../../../../../client/jobctl/src/replay/start-replay.ts';

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
