import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import packageJson from '../../package.json' with { type: 'json' };
import { projectDir } from '../project-copy.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, text: string): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
};

const run = (program: string, ...args: readonly string[]): Promise<{ code: number; printed: string }> =>
  new Promise((resolve) => {
    execFile(program, args, { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, printed: `${out}${err}` }),
    );
  });

describe('npm run check', () => {
  const program = 'scripts/check.ts';
  const inFolder = (script: string): string => script.replace(program, join(projectDir, program));
  /** A project whose groups are as said. */
  const withGroups = (red: readonly string[]): Promise<void> => {
    const group = (name: string) => `echo "${name} was here"; exit ${red.includes(name) ? 1 : 0}`;
    const scripts = Object.fromEntries(
      ['types', 'lint', 'imports', 'compat', 'jest'].map((name) => [name, group(name)]),
    );
    const { check, static: checks } = packageJson.scripts;
    return write(
      'package.json',
      JSON.stringify({ scripts: { ...scripts, check: inFolder(check), static: inFolder(checks) } }),
    );
  };

  test('runs all groups, also after one that is red, and says at the end which are', async () => {
    await withGroups(['types', 'imports', 'jest']);
    const { code, printed } = await run('npm', 'run', 'check');
    expect(code).toBe(1);
    for (const group of ['types', 'lint', 'imports', 'compat', 'jest'])
      expect(printed).toContain(`${group} was here`);
    expect(printed.trimEnd().split('\n').at(-1)).toBe('RED: types, imports, tests. Green: lint, compat.');
  });

  test('is green if all of them are', async () => {
    await withGroups([]);
    const { code, printed } = await run('npm', 'run', 'check');
    expect(code).toBe(0);
    expect(printed.trimEnd().split('\n').at(-1)).toBe('Green: types, lint, imports, compat, tests.');
  });

  test('says of a job type that was removed which line of the catalog names it still, and no more', async () => {
    await withGroups([]);
    await write('tests/job-types/contracts.ts', "\nimport { pay } from './pay/contract.ts';\n");
    await write('tests/job-types/handlers/long.ts', "import { mail } from '../mail/handler.ts';\n");
    await write('tests/job-types/mail/handler.ts', 'export const mail = 1;\n');
    const { code, printed } = await run('npm', 'run', '-s', 'check');
    expect({ code, printed }).toEqual({
      code: 1,
      printed:
        'tests/job-types/contracts.ts:2 imports ./pay/contract.ts, which is not there. Remove this line, and the entry of what it imports; or put the file back.\n',
    });
  });

  test('says of a contract that is in no catalog which lines to write', async () => {
    await withGroups([]);
    await write('tests/job-types/pay-out/contract.ts', 'export const payOut = defineJob({});\n');
    const { code, printed } = await run('npm', 'run', '-s', 'check');
    expect(code).toBe(1);
    expect(printed).toContain(
      "tests/job-types/pay-out/contract.ts defines the contract payOut, which is in no catalog: nobody could run its jobs. Add to contracts.ts beside its folder: import { payOut } from './pay-out/contract.ts'; and, in the list, 'pay-out': payOut;",
    );
  });

  test('says of a variable that no uses.ts names which type reads it, and what to write', async () => {
    await withGroups([]);
    await write('tests/job-types/mail/uses.ts', "defineUses({ variables: { MAIL_URL: secret('mail') } });\n");
    const reads = [
      'const { MAIL_URL,\n  MAIL_KEY = "" } = process.env;',
      'if (process.env.MAIL_URL === "" || process.env["MAIL_FROM"] === "") process.env.MADE = "1";',
      '// process.env.REMARK',
      'const region = process.env.AWS_REGION;',
    ];
    await write('tests/job-types/mail/adapter.ts', `${reads.join('\n')}\n`);
    const { code, printed } = await run('npm', 'run', '-s', 'check');
    expect(code).toBe(1);
    const lines = printed.trimEnd().split('\n');
    expect(lines).toEqual(
      ['MAIL_KEY', 'MAIL_FROM'].map((name) => expect.stringContaining(`reads ${name} of`)),
    );
    expect(lines[0]).toContain(
      "Write to tests/job-types/mail/uses.ts: export const uses = defineUses({ variables: { MAIL_KEY: parameter('mailKey', ",
    );
  });

  test('has no tests where they come later', async () => {
    await withGroups(['lint']);
    const { code, printed } = await run('npm', 'run', 'static');
    expect(code).toBe(1);
    expect(printed.trimEnd().split('\n').at(-1)).toBe('RED: lint. Green: types, imports, compat.');
  });
});

describe('npm run imports', () => {
  test('names the remedy of what it forbids', async () => {
    await write('job-types/pay/handler.ts', "import '../mail/handler.ts';\n");
    await write('job-types/mail/handler.ts', 'export {};\n');
    const [, options = ''] = /^depcruise (.*?) functions /.exec(packageJson.scripts.imports) ?? [];
    const args = options
      .replace('.dependency-cruiser.json', join(projectDir, '.dependency-cruiser.json'))
      .split(' ');
    const { code, printed } = await run(
      process.execPath,
      join(projectDir, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      ...args,
      'job-types',
    );
    expect(code).toBe(1);
    const words = printed.replaceAll(/\s+/g, ' ');
    expect(words).toMatch(
      /job-types\/pay\/handler\.ts . job-types\/mail\/handler\.ts .*Remedy: .*job-types\/shared\//,
    );
  });
});
