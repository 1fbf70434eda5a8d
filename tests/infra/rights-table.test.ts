import { test } from '@jest/globals';
import { type Access, routes } from '../../shared/http/routes.ts';
import { expectTable } from './doc-table.ts';

const needed = (key: string, access: Access): string => {
  if (access === 'open') return 'nothing';
  if (access === 'grant or read')
    return 'the grant for the job (`pageUrl`), or a session or an API key with the right `read`';
  if (!access.startsWith('page ')) return `the right \`${access}\``;
  const person = `a session or an API key with the right \`${access.slice('page '.length)}\``;
  return key.startsWith('POST ') ? `${person}; with a session, from a page of ours` : person;
};

test('docs/access.md has the right that each route asks for', () => {
  expectTable('docs/access.md', 'rights by route', [
    '| route | function | needs |',
    '|---|---|---|',
    ...Object.entries(routes).map(
      ([key, route]) => `| \`${key}\` | ${route.function} | ${needed(key, route.access)} |`,
    ),
  ]);
});
