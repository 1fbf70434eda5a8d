import { expect, test } from '@jest/globals';
import { candidatesFor, type Source } from '../../../../../../client/jobctl/src/completion/candidates.ts';
import { findPlace } from '../../../../../../client/jobctl/src/completion/find-place.ts';
import { splitLine } from '../../../../../../client/jobctl/src/completion/split-line.ts';
import { buildProgram } from '../../../../../../client/jobctl/src/program.ts';

const program = buildProgram({ run: async () => {}, runHere: async () => {} }, '1.2.3');
const names: Readonly<Record<Source, readonly string[]>> = {
  types: ['countdown', 'csv-aggregate', '$(touch x)', 'a b', '`id`', ':files', "it's", 'x;y', ''],
  schedules: ['nightly'],
  profiles: ['prod', 'dev_1.2'],
};
const placeOf = (rest: string) => findPlace(program, splitLine(rest));
const complete = async (rest: string) => {
  const found = await candidatesFor(placeOf(rest), { names: async (source) => names[source] });
  return found === 'files' ? found : found.map(({ value }) => value);
};

test.each<[string, 'files' | readonly string[]]>([
  ['subm', ['submit']],
  ['s', ['submit', 'status', 'schedules']],
  ['nope', []],
  ['--js', ['--json']],
  ['schedules r', ['run', 'resume']],
  ['help doc', ['doctor']],
  ['help schedules r', ['run', 'resume']],
  ['list --stat', ['--status']],
  ['list --status f', ['failed']],
  ['list --status=ca', ['canceled']],
  ['list --json --status run', ['running']],
  ['list --limit ', []],
  ['submit co', ['countdown']],
  ['list --type cs', ['csv-aggregate']],
  ['list --type=cs', ['csv-aggregate']],
  ['submit --wait cs', ['csv-aggregate']],
  ['submit --tag one -- cs', ['csv-aggregate']],
  ['submit --tag one co', ['countdown']],
  ['schedules run ', ['nightly']],
  ['schedules pause n', ['nightly']],
  ['schedules run nightly ', ['--json', '--url', '--profile', '--help']],
  ['list --profile p', ['prod']],
  ['--profile d', ['dev_1.2']],
  ['profiles use ', ['prod', 'dev_1.2']],
  ['completion ', ['bash', 'zsh']],
  ['upload ', 'files'],
  ['submit countdown --payload ./or', 'files'],
  ['submit countdown --payload=', 'files'],
  ['result ID -o ', 'files'],
  ['upload x --content-type ', []],
])('jobctl %s', async (line, candidates) => {
  expect(await complete(line)).toEqual(candidates);
});

test('a name with characters that a shell obeys is not offered', async () => {
  expect(await complete('submit ')).toEqual(['countdown', 'csv-aggregate']);
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
