import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type ChildSystem, startChildSystem } from '../../../local/system/child-system.ts';
import { eventually } from '../../../tests/integration/eventually.ts';
import { runPiped } from '../../../tests/integration/jobctl-command.ts';
import { projectDir } from '../../../tests/project-copy.ts';
import { startTimeoutMs } from '../../../tests/system/start-system.ts';

// It is not told a catalog: it has the samples, since its stage asks for them.
process.env.NODE_OPTIONS = '';

let system: ChildSystem;
beforeAll(async () => {
  system = await startChildSystem(AbortSignal.timeout(startTimeoutMs));
});
afterAll(() => system?.stop());

interface Example {
  readonly command: string;
  /** What the page shows below it. */
  readonly shown: readonly string[];
}

const documented = 'http://127.0.0.1:3000';
const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

const sectionsOf = (markdown: string): string =>
  markdown.slice(markdown.indexOf('## Submit a job'), markdown.indexOf('## Add a job type'));

/** Each command after a `$`, and the lines below it. */
function examplesIn(markdown: string): readonly Example[] {
  const blocks = markdown.matchAll(/^ {4}\$ (?<command>(?:.*\\\n)*.*)\n(?<shown>(?: {4}(?!\$ ).*\n)*)/gm);
  return [...blocks].map(({ groups: { command = '', shown = '' } = {} }) => ({
    command: command.replaceAll('\\\n    ', '\\\n'),
    shown: shown.split('\n').flatMap((line) => (line === '' ? [] : [line.slice(4)])),
  }));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** As shown, but for ids and numbers: how far a job is depends on when one looks. `...` are more lines. */
function patternOf(shown: readonly string[]): RegExp {
  const lines = shown.map((line) =>
    line === '...'
      ? '(.|\\n)*'
      : escaped(line)
          .replaceAll(new RegExp(uuid, 'g'), uuid.source)
          .replaceAll(/(?<="percent":)[\d.\\]+|\d+(?= s left)/g, '[\\d.]+'),
  );
  return new RegExp(`^${lines.join('\\n')}\\n?$`);
}

const hasPrograms = spawnSync('bash', ['-c', 'command -v jq && command -v curl']).status === 0;
const testHere = hasPrograms ? test : test.skip;

testHere(
  'the examples of the page on a first job print what it shows, by command, by the client and by HTTP',
  async () => {
    const markdown = await readFile(join(projectDir, 'docs/first-job.md'), 'utf8');
    const examples = examplesIn(sectionsOf(markdown));
    expect(examples.length).toBeGreaterThan(8);
    const folder = await mkdtemp(join(tmpdir(), 'readme-'));
    try {
      // As in a clone: packages are found from here.
      await symlink(join(projectDir, 'node_modules'), join(folder, 'node_modules'));
      const shell = startShell(folder, system.address);
      for (const { command, shown } of examples) {
        const pattern = patternOf(shown);
        const isLook = /curl -s \S+ \|/.test(command);
        const seen = await eventually(
          async () => {
            const printed = await shell(command);
            return pattern.test(printed) || !isLook ? printed : undefined;
          },
          `${command} to print ${shown.join('\n')}`,
        );
        expect({ command, printed: seen }).toEqual({ command, printed: expect.stringMatching(pattern) });
      }
      const [, code = '', file = '', run = ''] =
        /```js\n(\/\/ (\S+), in the clone\. Run it with: (.*)\n.*?)```/s.exec(sectionsOf(markdown)) ?? [];
      await writeFile(join(folder, file), code.replaceAll(documented, system.address));
      expect(await shell(run)).toBe(await shell(`echo ${uuid.exec(markdown)?.[0]}`));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

testHere('the block that cancels a job, and retries it, can be pasted as it is', async () => {
  const markdown = await readFile(join(projectDir, 'docs/first-job.md'), 'utf8');
  const block = /^## Cancel it[^#]*?\n\n(?<block>(?: {4}.*\n)+)/m.exec(markdown)?.groups?.block ?? '';
  const examples = examplesIn(block);
  const script = examples.map(({ command }) => command.replaceAll(documented, system.address)).join('\n');
  const { out } = await runPiped(['bash', '-c', script], {
    cwd: projectDir,
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      PORT: new URL(system.address).port,
    },
  });
  expect(examples.length).toBeGreaterThan(3);
  expect(out.replaceAll('\r', '')).toMatch(patternOf(examples.flatMap(({ shown }) => shown)));
});

/** Commands that share variables, as in one shell. The id that the page shows is that of the first job. */
function startShell(folder: string, address: string): (command: string) => Promise<string> {
  const state = join(folder, 'variables');
  let first: string | undefined;
  return async (command) => {
    const known = command.replaceAll(documented, address).replace(uuid, (shown) => first ?? shown);
    const script = `touch ${state}; . ${state}\n${known}\ndeclare -p api json url id 2>/dev/null >${state}; true`;
    const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const { out } = await runPiped(['bash', '-c', script], {
      cwd: folder,
      env: { PATH: path, PORT: new URL(address).port },
    });
    first ??= uuid.exec(out)?.[0];
    return out.replaceAll('\r', '').replaceAll(address, documented);
  };
}
