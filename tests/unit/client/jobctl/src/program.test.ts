import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { root } from '../../../../project-copy.ts';
import { commandLinesIn, commandNames, parse } from './command-line.ts';

/** It hands all that is typed, also --help, to a script, whose help has a test of its own: keys-help.test.ts. */
const handedOn = 'keys';

test.each(commandNames.filter((name) => name !== handedOn))(
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

const page = readFileSync(`${root}/docs/cli.md`, 'utf8');
const replayPage = readFileSync(`${root}/docs/replay.md`, 'utf8');

test.each([
  ['docs/cli.md', page, 15],
  ['docs/replay.md', replayPage, 2],
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
  ['replay --allow a:1 --allow b:2 ID'],
  ['replay --object a=b ID'],
])('jobctl %s is taken: each value counts', async (line) => {
  expect(await parse(line.split(' '))).toEqual({ printed: '', isRun: true });
});

test.each([
  ['{"seconds": 5}', `Did you mean --payload '{"seconds": 5}'?`],
  ['orders.json', "Did you mean --payload 'orders.json'?"],
  ['later', 'Each option takes one value: --tag a --tag b'],
])('a word behind the type is refused, with what may have been meant: %s', async (word, advice) => {
  const { printed, isRun } = await parse(['submit', 'countdown', word]);
  expect(isRun).toBe(false);
  expect(printed).toContain(`error: submit takes one job type, and not "${word}" behind it. ${advice}`);
});
