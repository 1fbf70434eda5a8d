import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { keysHelp } from '../../../../scripts/access/keys-help.ts';
import { rights } from '../../../../shared/domain/access/access-entry.ts';
import { projectDir } from '../../../project-copy.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** As `jobctl keys` runs it, where there is neither AWS nor a local system. */
const keys = (args: readonly string[]): Promise<Printed> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      JOBCTL_COMMAND: 'jobctl keys',
      PORT: '1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      AWS_MAX_ATTEMPTS: '1',
    };
    execFile(process.execPath, ['scripts/keys.ts', ...args], { cwd: projectDir, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

const examplesIn = (help: string): readonly (readonly string[])[] =>
  [...help.matchAll(/^ {2}\$ jobctl keys (.+)$/gm)].map(([, words = '']) => words.split(' '));

test('the help has each right, and examples that can be typed', async () => {
  const help = await Promise.all([keys(['--help']), keys(['create', '--help']), keys(['rotate', '--help'])]);
  for (const { code, err } of help) expect({ code, err }).toEqual({ code: 0, err: '' });
  const wide = help.flatMap(({ out }) =>
    out.split('\n').filter((line) => line.length > 80 && !line.includes('$ ')),
  );
  expect(wide).toEqual([]);
  for (const right of rights) expect(help[1]?.out).toMatch(new RegExp(`^ {2}${right} `, 'm'));
  expect(help[2]?.out).toMatch(/^ {2}--grace .*stay valid\s+\(default: "24h"\)$/m);
  const examples = new Set(help.flatMap(({ out }) => examplesIn(out).map((words) => words.join(' '))));
  expect(examples.size).toBeGreaterThan(6);
  // What was typed right comes as far as the table.
  const ended = await Promise.all([...examples].map((example) => keys(example.split(' '))));
  for (const [index, { code, out }] of ended.entries())
    expect({ example: [...examples][index], code, out }).toEqual({
      example: [...examples][index],
      code: 6,
      out: '',
    });
}, 60_000);

test('it is shown as it was called', () => {
  expect(keysHelp('npm run -s keys --')).toContain('$ npm run -s keys -- create --stage local');
});

test('what was typed wrong ends with 2, and says what there is', async () => {
  const [unknown, right] = await Promise.all([
    keys(['frob']),
    keys(['create', '--stage', 'local', '--tenant', 'acme', '--rights', 'reed']),
  ]);
  expect(unknown).toMatchObject({
    code: 2,
    err: expect.stringContaining('(jobctl keys --help has examples)'),
  });
  expect(right).toEqual({
    code: 2,
    out: '',
    err: `--rights "reed" names "reed", and there is no such right. There are: ${rights.join(', ')}\n`,
  });
});

test('a reader that has seen enough ends it quietly', async () => {
  const child = spawn(process.execPath, ['scripts/keys.ts', '--help'], { cwd: projectDir });
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
});
