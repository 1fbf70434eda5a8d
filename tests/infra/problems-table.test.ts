import { test } from '@jest/globals';
import { explanations } from '../../functions/api/problem-page.ts';
import { type ProblemName, problemTypes } from '../../shared/http/problem-types.ts';
import { expectTable } from './doc-table.ts';

test('docs/api.md has every problem, as its page explains it', () => {
  const names = Object.keys(problemTypes) as ProblemName[];
  expectTable('docs/api.md', 'problems', [
    '| status | `type`: `/problems/...` | when | what to do |',
    '|---|---|---|---|',
    ...names.map((name) => {
      const { when, whatToDo } = explanations[name];
      return `| ${problemTypes[name].status} | \`${name}\` | ${when} | ${whatToDo} |`;
    }),
  ]);
});
