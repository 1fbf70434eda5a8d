import { test } from '@jest/globals';
import { endings } from '../../client/jobctl/src/ending.ts';
import { expectTable } from './doc-table.ts';

test('docs/cli.md has each exit code of jobctl', () => {
  expectTable('docs/cli.md', 'exit codes', [
    '| code | when |',
    '|---|---|',
    ...Object.values(endings).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  ]);
});
