import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { root } from '../project-copy.ts';
import { runJobctl, runProgramOnTerminal } from './jobctl-command.ts';
import { answering, withServer } from './scripted-server.ts';

const evil = [
  '$(touch hacked-1)',
  '`touch hacked-2`',
  'x;touch hacked-3',
  '"; touch hacked-4 #',
  '-n $(touch hacked-5)',
];
const types = ['counting', 'csv-sums', ...evil].map((type) => ({ type }));
const server = answering(200, { items: types });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jobctl-completion-'));
  await writeFile(join(folder, 'orders of today.csv'), '');
});
afterEach(() => rm(folder, { recursive: true }));

/** As in a shell of somebody who has jobctl on the path. */
const path = [dirname(process.execPath), join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);

const shells = {
  bash: { command: ['/bin/bash', '--norc', '--noprofile', '-i'], start: "PS1='ready> '", list: '\t\t\t' },
  zsh: {
    command: ['/usr/bin/zsh', '-f', '-i'],
    start: "PS1='ready> '; unsetopt prompt_sp; autoload -Uz compinit; compinit -D -u",
    list: '\t\t',
  },
} as const;
const kill = '\u0015';

describe.each(Object.entries(shells))('in %s', (name, { command, start, list }) => {
  const testHere = existsSync(command[0]) ? test : test.skip;

  /** Types each text, and goes on when the shell shows what is expected of it. */
  const typeInShell = (
    steps: readonly (readonly [type: string, see: string])[],
    env: Record<string, string> = {},
  ) => {
    const typed = [
      [`cd '${folder}'; ${start}; eval "$(jobctl completion ${name})"; echo re''ady\r`, 'ready\r\n'],
      ...steps,
      [`${kill}exit\r`, ''],
    ] as const;
    return runProgramOnTerminal(command, {
      env: { PATH: path, ...env },
      steps: typed.map(([type], index) => ({ type, see: typed[index - 1]?.[1] ?? '' })),
    });
  };

  testHere('commands, options, statuses, files, and the job types of a system are completed', async () => {
    const { code, output } = await withServer(server, (url) =>
      typeInShell(
        [
          ['jobctl doc\t', 'jobctl doctor'],
          [`${kill}jobctl list --sta\tfa\t`, ' failed'],
          [`${kill}jobctl list --status=fa\t`, '=failed'],
          [`${kill}jobctl submit cou\t`, 'counting'],
          [`${kill}jobctl upload ord\t`, 'orders\\ of\\ today.csv'],
          [`${kill}jobctl submit counting --payload=ord\t`, '=orders\\ of\\ today.csv'],
        ],
        { JOB_URL: url },
      ),
    );
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('=orders') });
  });

  testHere('a name in the answer runs nothing, and is not offered', async () => {
    const { code, output } = await withServer(server, (url) =>
      typeInShell(
        [
          [`jobctl submit ${list}`, 'csv-sums'],
          [`${kill}jobctl submit x\t${list}${kill}echo go''on\r`, 'goon\r\n'],
        ],
        { JOB_URL: url },
      ),
    );
    expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('hacked') });
    expect(await readdir(folder)).toEqual(['orders of today.csv']);
  });

  testHere('a system that cannot be reached is no word on the terminal', async () => {
    const { code, output } = await typeInShell([[`jobctl submit ${list}${kill}echo go''on\r`, 'goon\r\n']], {
      JOB_URL: 'http://127.0.0.1:9',
    });
    expect(code).toBe(0);
    expect(output).not.toMatch(/Nothing answers|error/i);
  });
});

test('a system that does not answer is waited for a second', async () => {
  const start = Date.now();
  await withServer(
    () => {},
    async (url) => {
      const ended = await runJobctl(['complete-line', 'jobctl submit '], { env: { JOB_URL: url } });
      expect(ended).toEqual({ code: 0, out: '', err: '' });
    },
  );
  expect(Date.now() - start).toBeGreaterThan(900);
  expect(Date.now() - start).toBeLessThan(4_000);
});
