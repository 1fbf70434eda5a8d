import { readFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/**
 * Expects that a page shows some of these rows, and that the tables that have one of them have no other.
 * @param name of the page, such as `cost`
 */
export function expectRows(name: string, rows: readonly string[]): void {
  const page = readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8');
  const tables = [...page.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trimEnd().split('\n').slice(2));
  const shown = tables.filter((lines) => lines.some((line) => rows.includes(line))).flat();
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.filter((line) => !rows.includes(line))).toEqual([]);
}
