import { test } from '@jest/globals';
import { type Access, routes } from '../../shared/http/routes.ts';
import { expectTable } from './doc-table.ts';

const needed = (key: string, access: Access): string => {
  const isForm = key.startsWith('POST ');
  // Those of sign-in and sign-out.
  if (access === 'open') return isForm ? 'nothing, but comes from a page of ours' : 'nothing';
  if (access === 'grant or read')
    return 'the grant for the job (`pageUrl`), or a session or an API key with the right `read`';
  if (!access.startsWith('page ')) return `the right \`${access}\``;
  const person = `a session or an API key with the right \`${access.slice('page '.length)}\``;
  return isForm ? `${person}; with a session, from a page of ours` : person;
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
