import { readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { CommandError } from '../../../../../client/jobctl/src/ending.ts';
import { buildProgram } from '../../../../../client/jobctl/src/program.ts';
import type { RunHere, Runs } from '../../../../../client/jobctl/src/system/run-command.ts';
import { runScript } from '../../../../../client/jobctl/src/system/run-script.ts';
import { projectDir } from '../../../../project-copy.ts';

interface Parsed {
  readonly printed: string;
  /** Whether a command would have been run. */
  readonly isRun: boolean;
}

/** Parses a command line, and runs nothing. */
async function parse(args: readonly string[]): Promise<Parsed> {
  let printed = '';
  let isRun = false;
  const noted: Runs['run'] & RunHere = async () => {
    isRun = true;
  };
  const printing = new Writable({
    write(chunk, _encoding, done) {
      printed += chunk;
      done();
    },
  });
  const streams = { stdout: printing, stderr: printing };
  const program = buildProgram({ run: noted, runHere: noted }, { version: '1.2.3', ...streams });
  await program.parseAsync(args, { from: 'user' }).catch(() => undefined);
  return { printed, isRun };
}

/** Each command as it is typed, such as `schedules` and `schedules run`. */
const commandNames: readonly string[] = namesBelow(
  buildProgram(
    { run: async () => {}, runHere: async () => {} },
    { version: '1.2.3', stdout: process.stdout, stderr: process.stderr },
  ),
);

function namesBelow(command: Command): readonly string[] {
  const commands = command.createHelp().visibleCommands(command);
  return commands
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => [each.name(), ...namesBelow(each).map((name) => `${each.name()} ${name}`)]);
}

/** The words of each `jobctl` in these lines, as a shell reads them. */
const commandLinesIn = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^ +(?:\$ )?.*?\bjobctl (?![A-Z\d])(.*)$/gm)]
    .map(([, rest = '']) =>
      rest
        .replace(/ <\S+/, '')
        .replace(/ *(#| {10}|[|>;&]).*$/, '')
        .replaceAll('ID...', 'ID'),
    )
    .filter((rest) => !/\$\(|\\$/.test(rest))
    .map((rest) =>
      [...rest.matchAll(/'([^']*)'|"([^"]*)"|([^\s'")]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? ''),
    );

/** It hands all that is typed, also --help, to a script, whose help has a test of its own: keys-help.test.ts. */
const handedOn = ['keys'];

const page = readFileSync(`${projectDir}/docs/cli.md`, 'utf8');
const incidentsPage = readFileSync(`${projectDir}/docs/incidents.md`, 'utf8');
const replayPage = readFileSync(`${projectDir}/docs/replay.md`, 'utf8');

describe('program', () => {
  test.each(commandNames.filter((name) => !handedOn.includes(name)))(
    'the help of %s has examples, and they can be typed',
    async (command) => {
      const { printed } = await parse([...command.split(' '), '--help']);
      const examples = printed.slice(printed.indexOf('Examples:'));
      expect(examples).toMatch(new RegExp(`^ {2}\\$ .*jobctl ${command.split(' ')[0]}\\b`, 'm'));
      expect(printed.split('\n').filter((line) => line.length > 80)).toEqual([]);
      const lines = commandLinesIn(examples);
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines)
        expect({ line, ...(await parse(line)) }).toEqual({ line, printed: '', isRun: true });
    },
  );

  test.each([
    ['docs/cli.md', page, 15],
    ['docs/replay.md', replayPage, 2],
    ['docs/incidents.md', incidentsPage, 20],
  ])('what %s shows can be typed', async (_name, text, moreThan) => {
    const lines = commandLinesIn(text).filter((line) => !line.includes('--help'));
    expect(lines.length).toBeGreaterThan(moreThan);
    for (const line of lines)
      expect({ line, ...(await parse(line)) }).toEqual({ line, printed: '', isRun: true });
  });

  test('docs/cli.md names each command', () => {
    const commands = commandNames.filter((name) => !name.includes(' '));
    expect(commands.filter((name) => !new RegExp(`(\`|jobctl )${name}\\b`).test(page))).toEqual([]);
  });

  test.each([
    ['help nope', 'nope'],
    ['help schedules nope', 'nope'],
    ['schedules lst', 'lst'],
    ['profiles lst --json', 'lst'],
  ])('jobctl %s names what is no command, and those that there are', async (line, word) => {
    const { printed, isRun } = await parse(line.split(' '));
    expect(isRun).toBe(false);
    expect(printed).toMatch(new RegExp(`^error: unknown command '${word}'\\. There are: .*(list|submit), `));
  });

  test('the help of a command below another is found', async () => {
    const { printed } = await parse(['help', 'schedules', 'run']);
    expect(printed).toMatch(/^Usage: jobctl schedules run /);
    expect((await parse(['help'])).printed).toMatch(/^Usage: jobctl \[/);
  });

  test.each([
    'submit',
    'frob',
    'list ID',
    'list --status nope',
    'submit x --in 1m --at 1:00',
    'list --status failed --status canceled',
    'list --status=failed --status=canceled',
    'retry --type a --type b',
    'erase --since 1d --since 2d',
    'submit x --key a --key b',
    '--url http://a.example list --url http://b.example',
  ])('jobctl %s is refused', async (line) => {
    const parsed = await parse(line.split(' '));
    expect(parsed).toEqual({ printed: expect.stringMatching(/^error: /), isRun: false });
  });

  test.each([
    ['list --tag a --tag b'],
    ['submit --tag a --tag b x'],
    ['submit --after ID --after ID --tag later x'],
  ])('jobctl %s is taken: each value counts', async (line) => {
    expect(await parse(line.split(' '))).toEqual({ printed: '', isRun: true });
  });

  test.each([
    ['{"seconds": 5}', `Did you mean --payload '{"seconds": 5}'?`],
    ['orders.json', "Did you mean --payload 'orders.json'?"],
    ['later', 'Each option takes one value: --tag a --tag b'],
  ])('a word behind the type is refused, with what may have been meant: %s', async (word, advice) => {
    const { printed, isRun } = await parse(['submit', 'counting', word]);
    expect(isRun).toBe(false);
    expect(printed).toContain(`error: submit takes one job type, and not "${word}" behind it. ${advice}`);
  });
});

const surroundings = { env: {}, signal: new AbortController().signal };

describe('run script', () => {
  test('without the script, as outside of a clone, it says what it needs', async () => {
    await expect(runScript('scripts/nowhere.ts', [], surroundings)).rejects.toEqual(
      new CommandError(
        'usage',
        "This needs scripts/nowhere.ts of the project's repository: run jobctl in a clone, after `npm ci`.",
      ),
    );
  });

  test.each([
    ['ends as a table of exit codes has it', 'process.exitCode = 4', 'refused'],
    ['ends with another code', 'process.exitCode = 77', 'unexpected'],
    ['is killed', "process.kill(process.pid, 'SIGKILL')", 'interrupted'],
  ])('a script that %s', async (_what, code, ending) => {
    // Node.js evaluates it in place of the script, which is there.
    const env = {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(`${code}; process.exit()`)}`,
    };
    expect(await runScript('scripts/keys.ts', [], { ...surroundings, env })).toBe(ending);
  });
});
