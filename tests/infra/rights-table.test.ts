import { test } from '@jest/globals';
import { type Access, routes } from '../../shared/http/routes.ts';
import { expectTable } from './doc-table.ts';

const needed = (access: Access): string => {
  if (access === 'open') return 'nothing';
  if (access === 'grant or read')
    return 'the grant for the job (`pageUrl`), or an API key with the right `read`';
  return `the right \`${access}\``;
};

test('docs/access.md has the right that each route asks for', () => {
  expectTable('docs/access.md', 'rights by route', [
    '| route | function | needs |',
    '|---|---|---|',
    ...Object.entries(routes).map(
      ([key, route]) => `| \`${key}\` | ${route.function} | ${needed(route.access)} |`,
    ),
  ]);
});
