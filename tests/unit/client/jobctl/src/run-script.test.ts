import { expect, test } from '@jest/globals';
import { CommandError } from '../../../../../client/jobctl/src/ending.ts';
import { runScript } from '../../../../../client/jobctl/src/run-script.ts';

const surroundings = { env: {}, signal: new AbortController().signal };

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
