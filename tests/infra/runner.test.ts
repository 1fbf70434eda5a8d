import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { projectDir } from '../project-copy.ts';

/** Files of tests whose process dies, one after another in one lane. */
const files = {
  '1-exits': `console.log('the last line'); console.error('of the fault'); process.exitCode = 3; process.exit(7);`,
  '2-is-killed': `console.log('before the kill'); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});`,
  '2-says-that-all-is-well': `process.exit(0);`,
  '3-passes': '',
  '4-dies-later': `setTimeout(() => { throw new Error('thrown after the test'); }, 100);`,
  '5-waits': `await new Promise((resolve) => setTimeout(resolve, 1_000));`,
  '6-passes': '',
  '7-dies-at-the-end': `process.prependListener('disconnect', () => process.kill(process.pid, 'SIGKILL'));`,
} as const;

const inOrder = `import Sequencer from '${import.meta.resolve('@jest/test-sequencer')}';
export default class extends Sequencer {
  sort(tests) {
    return [...tests].sort((one, other) => (one.path < other.path ? -1 : 1));
  }
}
`;

let dir: string;
let printed: string;

/** @returns what Jest has printed of a file */
const linesOf = (name: keyof typeof files): string =>
  printed.split(/^(?=FAIL|PASS)/m).find((part) => part.split('\n', 1)[0]?.includes(name)) ?? '';

const inThisFolder = () => ({ rootDir: dir, displayName: 'infra', transform: {} });

/** @param config the text of a file of Jest's */
async function runJest(config: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  await writeFile(join(dir, 'jest.config.mjs'), config);
  const args = [join(projectDir, 'node_modules/jest/bin/jest.js'), '--maxWorkers=1', '--no-watchman'];
  const options = { cwd: dir, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (_error, out, err) => resolve(`${out}${err}`));
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'job-worker-runner-'));
  for (const [name, body] of Object.entries(files))
    await writeFile(join(dir, `${name}.test.mjs`), `test('${name}', async () => { ${body} });\n`);
  await writeFile(join(dir, 'in-order.mjs'), inOrder);
  printed = await runJest(
    `export default ${JSON.stringify({
      ...inThisFolder(),
      testMatch: ['<rootDir>/*.test.mjs'],
      runner: join(projectDir, 'tests/plain-runner.js'),
      testSequencer: join(dir, 'in-order.mjs'),
      setupFiles: [join(projectDir, 'tests/plain-node.js')],
    })};`,
  );
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('a process of the tests that dies', () => {
  test('by itself is told of with exit code and last lines', () => {
    expect(linesOf('1-exits')).toMatch(/exit code 7[\s\S]*the last line\n[\s\S]*of the fault/);
  });

  test('by itself, as if all were well, is told of, too', () => {
    expect(linesOf('2-says-that-all-is-well')).toContain('exit code 0');
  });

  test('by a signal is told of with the signal and last lines', () => {
    expect(linesOf('2-is-killed')).toMatch(/SIGKILL[\s\S]*before the kill/);
  });

  test('by what an earlier file has left is told of with what that has thrown', () => {
    expect(linesOf('5-waits')).toMatch(/exit code 1[\s\S]*thrown after the test/);
  });

  test('after its last file is told of, too', () => {
    expect(printed).toMatch(/FAIL infra \.\/7-dies-at-the-end[\s\S]*SIGKILL/);
  });

  test('is told of once', () => {
    expect(printed).toContain('Test Suites: 5 failed,');
  });

  test('keeps no other file from being run', () => {
    for (const name of ['3-passes', '6-passes'] as const)
      expect(linesOf(name)).toContain(`PASS infra ./${name}`);
  });
});

describe('a run of the tests', () => {
  /** A file of tests makes a folder, and another program may make one without a word. */
  const makesFolder = `import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
test('makes a folder', () => {
  mkdtempSync(join(tmpdir(), 'left-'));
  if (process.env.KILLED) process.kill(process.ppid, 'SIGKILL');
});
`;
  /** As in this project, but for which files there are. */
  const config = () => `import config from '${pathToFileURL(join(projectDir, 'jest.config.js')).href}';
const [level] = config.projects;
const own = { rootDir: '${dir}', testMatch: ['<rootDir>/left/*.test.mjs'], runner: '${join(projectDir, 'tests/plain-runner.js')}' };
export default { ...config, rootDir: '${dir}', testSequencer: undefined, reporters: undefined, projects: [{ ...level, ...own, setupFiles: ['${join(projectDir, 'tests/plain-node.js')}'] }] };
`;

  test('leaves nothing in the temporary folder, and the next one removes what a killed one has left', async () => {
    const folder = join(dir, 'temporary');
    for (const name of [folder, join(dir, 'left')]) await mkdir(name);
    await writeFile(join(dir, 'left/some.test.mjs'), makesFolder);
    await runJest(config(), { TMPDIR: folder, KILLED: 'yes' });
    expect(await readdir(folder)).toHaveLength(1);
    expect(await runJest(config(), { TMPDIR: folder })).toContain('1 passed');
    expect(await readdir(folder)).toEqual([]);
  });
});
