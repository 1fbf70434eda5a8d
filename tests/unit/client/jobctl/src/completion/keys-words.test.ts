import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { candidatesFor } from '../../../../../../client/jobctl/src/completion/candidates.ts';
import { findPlace } from '../../../../../../client/jobctl/src/completion/find-place.ts';
import { addKeysWords } from '../../../../../../client/jobctl/src/completion/keys-words.ts';
import { splitLine } from '../../../../../../client/jobctl/src/completion/split-line.ts';
import { buildProgram } from '../../../../../../client/jobctl/src/program.ts';
import { rights } from '../../../../../../shared/job/access-entry.ts';
import { root } from '../../../../../project-copy.ts';

const program = buildProgram({ run: async () => {}, runHere: async () => {} }, '1.2.3');
addKeysWords(program);
const complete = async (rest: string): Promise<readonly string[]> => {
  const found = await candidatesFor(findPlace(program, splitLine(rest)), { names: async () => [] });
  return found === 'files' ? [] : found.map(({ value }) => value);
};

const helpOf = (...args: readonly string[]): string =>
  execFileSync(process.execPath, ['scripts/keys.ts', ...args, '--help'], { cwd: root, encoding: 'utf8' });

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
