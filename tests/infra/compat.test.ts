import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withProjectCopy } from '../project-copy.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = (
  dir: string,
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> =>
  new Promise((resolve) => {
    // Neither a repository around the folder of temporary files nor somebody's settings have a say.
    const alone = {
      TMPDIR: temporary(dir),
      GIT_CEILING_DIRECTORIES: dirname(dir),
      GIT_CONFIG_GLOBAL: '/dev/null',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    };
    execFile(file, args, { cwd: dir, env: { PATH: process.env.PATH, ...alone, ...env } }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
const compat = (dir: string, ...args: string[]) => run(dir, [process.execPath, 'scripts/compat.ts', ...args]);

async function git(dir: string, ...args: string[]): Promise<void> {
  const { code, err } = await run(dir, [
    'git',
    '-c',
    'user.name=a',
    '-c',
    'user.email=a@example.com',
    ...args,
  ]);
  expect([args, code, err.replace(/^hint:.*\n/gm, '')]).toEqual([
    args,
    0,
    expect.not.stringContaining('fatal'),
  ]);
}
async function commit(dir: string): Promise<void> {
  await git(dir, 'add', 'job-types', 'shared', 'package.json', 'tsconfig.json');
  await git(dir, 'commit', '--quiet', '--message', 'a version');
}

async function edit(dir: string, path: string, [from, to]: readonly [string, string]): Promise<void> {
  const source = await readFile(join(dir, path), 'utf8');
  expect(source).toContain(from);
  await writeFile(join(dir, path), source.replace(from, to));
}
const email = 'job-types/send-email/contract.ts';
/** Where a child puts its temporary files. */
const temporary = (dir: string) => join(dir, 'home');

test('contracts are compared with the last release, or with the version that is asked for', () =>
  withProjectCopy(
    async (dir) => {
      const nothing = (why: string) => expect.stringContaining(`compat compared nothing: ${why}`);
      expect(await compat(dir)).toEqual({ code: 2, out: '', err: nothing('there is no history here') });
      expect(await compat(dir, '--or-warn')).toEqual({
        code: 0,
        out: '',
        err: expect.stringMatching(/^WARNING: compat compared nothing: there is no history here/),
      });
      expect(await run(dir, [process.execPath, 'scripts/compat.ts'], { PATH: '' })).toEqual({
        code: 2,
        out: '',
        err: nothing('there is no history here: git is not installed'),
      });
      expect(await compat(dir, '--from', 'v1.0.0')).toMatchObject({ code: 2, out: '' });

      await git(dir, 'init', '--quiet');
      expect(await compat(dir)).toEqual({ code: 2, out: '', err: nothing('no release tag (v*)') });
      await commit(dir);
      await git(dir, 'tag', 'v1.0.0');
      await git(dir, 'tag', 'another-tag');
      expect(await compat(dir)).toEqual({
        code: 0,
        out: expect.stringMatching(/^compared \d+ types with v1\.0\.0: 0 of them break\n$/),
        err: '',
      });

      await edit(dir, email, ['text: body,', 'text: body.check(z.maxLength(600)),']);
      await edit(dir, email, ["step: z.literal('ready'),", "step: z.literal('ready'), since: z.int(),"]);
      const broken = await compat(dir);
      expect([broken.code, broken.err]).toEqual([1, '']);
      expect(broken.out.split('\n')).toEqual([
        expect.stringMatching(
          /^breaks: send-email: payload \/text: .* allows "\[secret\]", .* expected string to have <=600 characters$/,
        ),
        expect.stringMatching(/^to do: send-email: payload: /),
        expect.stringMatching(/^breaks: send-email: checkpoint \/since: /),
        expect.stringMatching(/^to do: send-email: checkpoint: /),
        expect.stringMatching(/^compared \d+ types with v1\.0\.0: 1 of them breaks$/),
        '',
      ]);
      // What was released is what counts, not what was committed.
      await commit(dir);
      expect((await compat(dir)).code).toBe(1);
      expect(await compat(dir, '--from', 'HEAD')).toMatchObject({
        code: 0,
        out: expect.stringContaining('with HEAD: 0 of them break'),
      });
      await git(dir, 'tag', 'v1.1.0');
      expect(await compat(dir)).toMatchObject({
        code: 0,
        out: expect.stringContaining('with v1.1.0: 0 of them break'),
      });

      // Samples count as long as both versions have some.
      const samples = (more: string) =>
        writeFile(
          join(dir, 'examples/contracts.ts'),
          `import { contracts as own } from '../job-types/contracts.ts';\nexport const contracts = { ...own, ${more} };`,
        );
      await mkdir(join(dir, 'examples'));
      await samples("sample: own['send-email']");
      await git(dir, 'add', 'examples');
      await commit(dir);
      await samples("sample: { ...own['send-email'], queue: 'server' }");
      expect((await compat(dir, '--from', 'HEAD')).out).toContain('sample: moves to the server queue');
      await rm(join(dir, 'examples'), { recursive: true });
      expect((await compat(dir, '--from', 'HEAD')).out).not.toContain('sample');

      const refused: readonly [string, string][] = [
        ['v9.9.9', 'there is no version "v9.9.9"'],
        ['--output=x', 'there is no version "--output=x"'],
        ['v1.0.0:job-types', 'there is no version "v1.0.0:job-types"'],
      ];
      for (const [ref, words] of refused)
        expect(await compat(dir, `--from=${ref}`)).toEqual({
          code: 2,
          out: '',
          err: expect.stringContaining(words),
        });
      expect(await compat(dir, 'v1.0.0')).toMatchObject({ code: 2, out: '' });
      expect(await compat(dir, '--form')).toMatchObject({ code: 2, out: '' });

      await edit(dir, 'job-types/contracts.ts', ['./send-email/contract.ts', './nowhere/contract.ts']);
      await commit(dir);
      await git(dir, 'checkout', '--quiet', 'v1.0.0', '--', 'job-types');
      const unloadable = await compat(dir, '--from', 'HEAD');
      expect([unloadable.code, unloadable.out]).toEqual([2, '']);
      expect(unloadable.err).toContain('the contracts of HEAD cannot be loaded');
      await git(dir, 'rm', '-r', '--quiet', '--cached', 'job-types/contracts.ts');
      await git(dir, 'commit', '--quiet', '--message', 'no contracts');
      expect(await compat(dir, '--from', 'HEAD')).toMatchObject({
        code: 2,
        err: 'the version HEAD has no job-types/contracts.ts\n',
      });
      expect(readdirSync(temporary(dir))).toEqual([]);
    },
    ['scripts'],
  ));
