import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withProjectCopy } from '../project-copy.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const run = (dir: string, args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: dir }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
const create = (dir: string, ...args: string[]) => run(dir, ['scripts/new-job-type.ts', ...args]);
const module = (path: string) => join('node_modules', path);

const withCopy = (use: (dir: string) => Promise<void>) =>
  withProjectCopy(use, ['scripts', 'testkit', 'tests', 'biome.json', '.gitignore', 'jest.config.js']);

const catalogs = [
  'job-types/contracts.ts',
  ...['standard', 'long', 'server'].map((queue) => `job-types/handlers/${queue}.ts`),
];
const textsOf = (dir: string) => Promise.all(catalogs.map((path) => readFile(join(dir, path), 'utf8')));

test('a new type of each queue is formatted, compiles, and passes its own test', () =>
  withCopy(async (dir) => {
    const written = [
      await create(dir, 'word-count'),
      await create(dir, 'render-frames', '--long'),
      await create(dir, 'train-model', '--server'),
    ];
    for (const { code, err } of written) expect([code, err]).toEqual([0, '']);
    const [standard, long, server] = written.map(({ out }) => out);
    expect(standard).toContain('npm run jest -- tests/unit/job-types/word-count\n');
    expect(standard).toContain(`-d '{"type":"word-count","payload":{"texts":["one","three","five"]}}'`);
    expect(standard).toContain('  job-types/handlers/standard.ts\n');
    expect(long).toContain('  job-types/handlers/long.ts\n');
    expect(server).toContain('  job-types/handlers/server.ts\n');
    expect(server).toContain('npm run worker');

    const changed = written
      .flatMap(({ out }) => out.match(/^ {2}\S+\.ts$/gm) ?? [])
      .map((path) => path.trim());
    expect(changed).toHaveLength(15);
    const checked = await run(dir, [module('@biomejs/biome/bin/biome'), 'check', ...changed]);
    expect([checked.code, checked.err]).toEqual([0, expect.stringContaining('No fixes applied')]);

    const tests = ['word-count', 'render-frames', 'train-model'].map(
      (name) => `tests/unit/job-types/${name}`,
    );
    await writeFile(
      join(dir, 'tsconfig.new.json'),
      JSON.stringify({ extends: './tsconfig.json', include: ['job-types', ...tests] }),
    );
    const [compiled, tested] = await Promise.all([
      run(dir, [module('typescript-7/bin/tsc'), '--noEmit', '-p', 'tsconfig.new.json']),
      run(dir, [
        '--experimental-vm-modules',
        module('jest/bin/jest.js'),
        '--selectProjects',
        'unit',
        '--',
        ...tests,
      ]),
    ]);
    expect([compiled.code, compiled.out]).toEqual([0, '']);
    expect(tested.err).toContain('Tests:       6 passed, 6 total');
  }));

test('what cannot be done is refused in one message, and nothing is written', () =>
  withCopy(async (dir) => {
    const before = await textsOf(dir);
    const refused = async (args: readonly string[], words: string) => {
      const { code, out, err } = await create(dir, ...args);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(words);
      expect(err).not.toMatch(/^ {4}at /m);
    };
    await refused([], 'The name of the job type is missing');
    await refused(['a', 'b'], 'too many arguments');
    await refused(['word-count', '--queue'], "unknown option '--queue'");
    await refused(['wordCount'], '"wordCount" is not the name of a job type');
    await refused(['delete'], 'a variable "delete"');
    await refused(['countdown'], 'job-types/countdown exists already');
    await refused(['handlers'], 'job-types/handlers exists already');
    await refused(['csv--aggregate'], 'is not the name');
    await refused(['long-handlers', '--long'], 'job-types/handlers/long.ts has');
    await mkdir(join(dir, 'tests/unit/job-types/tested'), { recursive: true });
    await writeFile(join(dir, 'tests/unit/job-types/tested/handler.test.ts'), 'a test');
    await refused(['tested'], 'tests/unit/job-types/tested/handler.test.ts exists already');
    expect(await readFile(join(dir, 'tests/unit/job-types/tested/handler.test.ts'), 'utf8')).toBe('a test');

    const strange = (before[2] ?? '').replace('});', '}) as never;');
    await writeFile(join(dir, 'job-types/handlers/long.ts'), strange);
    await refused(
      ['word-count', '--long'],
      [
        'job-types/handlers/long.ts does not look as expected. Nothing was written.',
        'Mend it, or add the type by hand (docs/add-a-job-type.md), with these lines in the catalogs:',
        'job-types/contracts.ts:',
        "  import { wordCount } from './word-count/contract.ts';",
        "  'word-count': wordCount,",
        'job-types/handlers/long.ts:',
        "  import { wordCount } from '../word-count/handler.ts';",
        "  'word-count': wordCount,",
      ].join('\n'),
    );
    expect(existsSync(join(dir, 'job-types/word-count'))).toBe(false);
    expect(await textsOf(dir)).toEqual([before[0], before[1], strange, before[3]]);
  }));
