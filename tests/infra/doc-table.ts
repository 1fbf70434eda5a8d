import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { root } from '../project-copy.ts';

/**
 * Expects that a page has these lines between two comments. With `WRITE_DOCS` (`npm run docs:tables`) it writes them.
 * @param name what the two comments call it
 */
export function expectTable(page: string, name: string, lines: readonly string[]): void {
  const path = join(root, page);
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, , after] = readFileSync(path, 'utf8').split(new RegExp(`(?<=${begin})([^]*)(?=${end})`));
  expect(after).toBeDefined();
  const expected = `${before}\n${lines.join('\n')}\n${after}`;
  if (process.env.WRITE_DOCS) writeFileSync(path, expected);
  expect(readFileSync(path, 'utf8')).toBe(expected);
}
