import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { candidatesFor, type Source } from '../../../../../../client/jobctl/src/completion/candidates.ts';
import { findPlace } from '../../../../../../client/jobctl/src/completion/find-place.ts';
import { addKeysWords } from '../../../../../../client/jobctl/src/completion/keys-words.ts';
import { splitLine } from '../../../../../../client/jobctl/src/completion/split-line.ts';
import { buildProgram } from '../../../../../../client/jobctl/src/program.ts';
import { rights } from '../../../../../../shared/domain/access/access-entry.ts';
import { root } from '../../../../../project-copy.ts';

const { stdout, stderr } = process;
const program = buildProgram(
  { run: async () => {}, runHere: async () => {} },
  { version: '1.2.3', stdout, stderr },
);
const names: Readonly<Record<Source, readonly string[]>> = {
  types: ['counting', 'csv-sums', '$(touch x)', 'a b', '`id`', ':files', "it's", 'x;y', ''],
  schedules: ['nightly'],
  profiles: ['prod', 'dev_1.2'],
};
const placeOf = (rest: string) => findPlace(program, splitLine(rest));

describe('candidates', () => {
  const complete = async (rest: string) => {
    const found = await candidatesFor(placeOf(rest), { names: async (source) => names[source] });
    return found === 'files' ? found : found.map(({ value }) => value);
  };

  test.each<[string, 'files' | readonly string[]]>([
    ['subm', ['submit']],
    ['s', ['submit', 'status', 'signal', 'stuck', 'schedules']],
    ['nope', []],
    ['--js', ['--json']],
    ['schedules r', ['run', 'resume']],
    ['help doc', ['doctor']],
    ['help schedules r', ['run', 'resume']],
    ['list --stat', ['--status']],
    ['list --status f', ['failed']],
    ['list --status=ca', ['canceled']],
    ['list --json --status run', ['running']],
    ['list --status failed --status run', ['running']],
    ['list --no-such --status run', ['running']],
    ['list --limit ', []],
    ['submit co', ['counting']],
    ['list --type cs', ['csv-sums']],
    ['list --type=cs', ['csv-sums']],
    ['submit --wait cs', ['csv-sums']],
    ['submit --tag one -- cs', ['csv-sums']],
    ['submit --tag one co', ['counting']],
    ['schedules run ', ['nightly']],
    ['schedules pause n', ['nightly']],
    ['schedules run nightly ', ['--json', '--url', '--profile', '--help']],
    ['list --profile p', ['prod']],
    ['--profile d', ['dev_1.2']],
    ['profiles use ', ['prod', 'dev_1.2']],
    ['completion ', ['bash', 'zsh']],
    ['upload ', 'files'],
    ['submit counting --payload ./or', 'files'],
    ['submit counting --payload=', 'files'],
    ['result ID -o ', 'files'],
    ['upload x --content-type ', []],
  ])('jobctl %s', async (line, candidates) => {
    expect(await complete(line)).toEqual(candidates);
  });

  test('a name with characters that a shell obeys is not offered', async () => {
    expect(await complete('submit ')).toEqual(['counting', 'csv-sums']);
    expect(await complete('submit $')).toEqual([]);
  });

  test('each command, and each of its options, is offered', async () => {
    const offered = await complete('');
    expect(offered).toEqual(
      program.commands.map((each) => each.name()).filter((name) => name !== 'complete-line'),
    );
    // What follows `help` is a command.
    for (const command of program.commands.filter((each) => each.name() !== 'help'))
      expect(await complete(`${command.name()} --`)).toEqual(
        command
          .createHelp()
          .visibleOptions(command)
          .map(({ long }) => long),
      );
  });

  test('the system is the one that the line names', () => {
    expect(placeOf('--profile prod submit ').system).toEqual({ profile: 'prod' });
    expect(placeOf('submit --url=http://a.example --json ').system).toEqual({ url: 'http://a.example' });
    expect(placeOf('submit --profile prod').system).toEqual({});
  });
});

beforeAll(() => addKeysWords(program, AbortSignal.timeout(30_000)));

const helpOf = (...args: readonly string[]): string =>
  execFileSync(process.execPath, ['scripts/keys.ts', ...args, '--help'], { cwd: root, encoding: 'utf8' });

describe('keys words', () => {
  const complete = async (rest: string): Promise<readonly string[]> => {
    const found = await candidatesFor(findPlace(program, splitLine(rest)), { names: async () => [] });
    return found === 'files' ? [] : found.map(({ value }) => value);
  };

  test('jobctl keys is completed to the commands that the script has', async () => {
    const names = [...helpOf().matchAll(/^ {2}(\S+) \[options\]/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(5);
    expect((await complete('keys ')).toSorted()).toEqual(names.toSorted());
  });

  test.each(['create', 'list', 'rotate-webhook'])(
    'jobctl keys %s is completed to its options',
    async (name) => {
      const options = [...helpOf(name).matchAll(/^ {2}(?:-\w, )?(--\w+)/gm)].map(([, option]) => option);
      expect((await complete(`keys ${name} --`)).toSorted()).toEqual(options.toSorted());
    },
  );

  test('rights are completed, also behind others', async () => {
    expect(await complete('keys create --rights ')).toEqual(rights);
    expect(await complete('keys create --rights=re')).toEqual(['read']);
    expect(await complete('keys create --rights submit,read,co')).toEqual(['submit,read,control']);
    expect(await complete('keys create --rights submit,')).toEqual(
      rights.filter((each) => each !== 'submit').map((each) => `submit,${each}`),
    );
  });
});

describe('split line', () => {
  test.each([
    ['', ['']],
    ['jobctl', ['jobctl']],
    ['jobctl ', ['jobctl', '']],
    ['jobctl  submit\tx', ['jobctl', 'submit', 'x']],
    [`jobctl 'a b' "c d" e\\ f`, ['jobctl', 'a b', 'c d', 'e f']],
    [`jobctl --payload='{"a b": 1}' `, ['jobctl', '--payload={"a b": 1}', '']],
    ['jobctl "a \\" b', ['jobctl', 'a " b']],
    [`jobctl 'not yet`, ['jobctl', 'not yet']],
    ['jobctl "" ', ['jobctl', '', '']],
    ['jobctl x\\', ['jobctl', 'x']],
    ['jobctl $(touch x) `id`', ['jobctl', '$(touch', 'x)', '`id`']],
  ])('%j', (line, words) => {
    expect(splitLine(line)).toEqual(words);
  });
});
