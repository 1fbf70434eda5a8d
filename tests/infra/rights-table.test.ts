import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type Access, routes } from '../../shared/http/routes.ts';
import { root } from '../project-copy.ts';

const path = join(root, 'docs/access.md');
const [begin, end] = ['<!-- rights by route: begin -->', '<!-- rights by route: end -->'];

const needed = (access: Access): string => {
  if (access === 'open') return 'nothing';
  if (access === 'grant or read')
    return 'the grant for the job (`pageUrl`), or an API key with the right `read`';
  return `the right \`${access}\``;
};

/** The table of docs/access.md. */
const table = [
  '| route | function | needs |',
  '|---|---|---|',
  ...Object.entries(routes).map(
    ([key, route]) => `| \`${key}\` | ${route.function} | ${needed(route.access)} |`,
  ),
].join('\n');

test('docs/access.md has the right that each route asks for', () => {
  const text = readFileSync(path, 'utf8');
  const [before, , after] = text.split(new RegExp(`(?<=${begin})([^]*)(?=${end})`));
  expect(after).toBeDefined();
  const expected = `${before}\n${table}\n${after}`;
  if (process.env.WRITE_DOCS) writeFileSync(path, expected);
  expect(readFileSync(path, 'utf8')).toBe(expected);
});
