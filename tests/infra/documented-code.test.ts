import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { projectDir } from '../project-copy.ts';
import { errorsOf } from './compiled.ts';
import { type Around, blocks } from './documented-code.ts';

const textOf = (path: string): string => readFileSync(join(projectDir, path), 'utf8');

const shownBy = (page: string): readonly string[] =>
  [...textOf(page).matchAll(/```[jt]s\n(.*?)```/gs)].map(([, code = '']) => code);

const pages = readdirSync(join(projectDir, 'docs')).filter((name) => name.endsWith('.md'));
const withCode = pages.map((name) => `docs/${name}`).filter((page) => shownBy(page).length > 0);

/** As code in a folder of a job type, or in a project that has the client. */
const inFolder = (code: string): string =>
  code
    .replaceAll("'../send-email/", "'../job-types/send-email/")
    .replaceAll("'@serverless-job-worker/client'", "'../client/src/entry.ts'");

function moduleOf(code: string, { before, rest = '', after = '', second }: Around): string {
  const whole = second ? code.replace(second[0], second[1]) : code;
  return `${before}${inFolder(whole).replace('// ...\n', `${rest}\n`)}${after}export {};\n`;
}

const files = Object.entries(blocks).flatMap(([page, all]) =>
  all.flatMap((block, at) => {
    if ('tested' in block) return [];
    const path = `documented/${basename(page, '.md')}-${at + 1}.ts`;
    return [[path, moduleOf(shownBy(page)[at] ?? '', block)] as const];
  }),
);
const [errors = []] = await errorsOf([{ include: ['documented'], files: Object.fromEntries(files) }]);

test('each block of code of the pages is compiled, or in another test', () => {
  const known = Object.entries(blocks).map(([page, all]) => [page, all.length]);
  expect(known).toEqual(withCode.map((page) => [page, shownBy(page).length]));
});

test.each(
  Object.entries(blocks).flatMap(([page, all]) =>
    [...new Set(all.flatMap((block) => ('tested' in block ? [block.tested] : [])))].map((path) => [
      page,
      path,
    ]),
  ),
)('%s is in %s', (page = '', path = '') => {
  expect(textOf(path)).toContain(page);
});

/** A name or all names of an import have no use: a block may end before the code that has one. */
const unused = /TS6133|TS6192/;

test.each(files)('the compiler accepts what the page shows: %s', (path) => {
  expect(errors.filter((error) => error.startsWith(`${path}(`) && !unused.test(error))).toEqual([]);
});

test('where it is compiled, nothing else is wrong', () => {
  expect(errors.filter((error) => !error.startsWith('documented/'))).toEqual([]);
});
