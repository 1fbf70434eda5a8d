import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { pageFiles, readMeasured } from '../../bench/report.ts';
import { endings } from '../../client/jobctl/src/ending.ts';
import { allParameters, defaultText, parametersBySubject } from '../../infra/parameters/all.ts';
import type { Parameter } from '../../infra/parameters/parameter.ts';
import { logQueries } from '../../infra/template/log-queries.ts';
import { rightTexts } from '../../shared/domain/access/access-entry.ts';
import { limitNames, limits, limitTexts } from '../../shared/domain/access/limits.ts';
import { metrics } from '../../shared/domain/observe/metrics.ts';
import { jobItem } from '../../shared/domain/state/job/item.ts';
import {
  type Transition,
  type TransitionName,
  transitions,
} from '../../shared/domain/state/job/transitions.ts';
import { operations } from '../../shared/http/families/all.ts';
import { routes } from '../../shared/http/routes.ts';
import { type ProblemName, problemTypes } from '../../shared/http/wire/problem-types.ts';
import type { Access } from '../../shared/http/wire/route.ts';
import { projectDir } from '../project-copy.ts';
import { bytesOfLog, jobHourTable, millionJobs, otherWaysTable, unverifiedPrices } from './cost-tables.ts';
import { tenMillionJobs } from './scale-table.ts';

/**
 * Expects that a page has these lines between two comments. With `WRITE_DOCS` (`npm run docs:tables`) it writes them.
 * @param name what the two comments call it
 */
function expectTable(page: string, name: string, lines: readonly string[]): void {
  const path = join(projectDir, page);
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, , after] = readFileSync(path, 'utf8').split(new RegExp(`(?<=${begin})([^]*)(?=${end})`));
  expect(after).toBeDefined();
  const expected = `${before}\n${lines.join('\n')}\n${after}`;
  if (process.env.WRITE_DOCS) writeFileSync(path, expected);
  expect(readFileSync(path, 'utf8')).toBe(expected);
}

/** What `params` of serverless.yml says of all stages. */
const serverlessYml = z.object({
  params: z.object({ default: z.record(z.string(), z.unknown()) }),
});

const needed = (key: string, access: Access): string => {
  // Those of sign-in and sign-out.
  if (access === 'open')
    return key.startsWith('POST ') ? 'nothing, but comes from a page of ours' : 'nothing';
  if (access === 'caller') return 'a credential, with any right or none';
  if (access === 'grant or read') return 'the grant for the job (`pageUrl`), or `read` as a page';
  if (access === 'link or signal') return 'the link for the answer (`job.signalLink`), or `signal` as a page';
  return access.startsWith('page ') ? `\`${access.slice('page '.length)}\` as a page` : `\`${access}\``;
};

test('docs/access.md has the right that each route asks for that the OpenAPI document does not have', () => {
  const others = Object.entries(routes).filter(([key]) => !(key in operations));
  const byNeed = Object.entries(Object.groupBy(others, ([key, { access }]) => needed(key, access)));
  expectTable('docs/access.md', 'rights by route', [
    '| needs | routes |',
    '|---|---|',
    ...byNeed.map(([need, its = []]) => `| ${need} | ${its.map(([key]) => `\`${key}\``).join(', ')} |`),
  ]);
});

/** What each file of the domain says of a kind of item. */
const kindFile = z.record(z.string(), z.unknown());
const kind = z.object({ id: z.string(), has: z.string(), expires: z.string() });

test('docs/architecture.md has each kind of item that is no job', async () => {
  const files = readdirSync(join(projectDir, 'shared/domain'), { recursive: true, encoding: 'utf8' });
  const kinds: z.infer<typeof kind>[] = [];
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const path = join(projectDir, 'shared/domain', file);
    if (!readFileSync(path, 'utf8').includes('satisfies Kind')) continue;
    const exported = kindFile.parse({ ...(await import(path)) });
    for (const [name, value] of Object.entries(exported))
      if (name.endsWith('Kind')) kinds.push(kind.parse(value));
  }
  const ids = ({ id }: { readonly id: string }) => id.split(', ').map((one) => `\`${one}\``);
  expectTable('docs/architecture.md', 'kinds of items', [
    '| id | what it has | expires |',
    '|---|---|---|',
    ...kinds
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .map((each) => `| ${ids(each).join(', ')} | ${each.has} | ${each.expires} |`),
  ]);
});

test('docs/access.md has what each right allows', () => {
  expectTable('docs/access.md', 'rights', [
    '| right | allows to |',
    '|---|---|',
    ...Object.entries(rightTexts).map(([right, text]) => `| \`${right}\` | ${text} |`),
  ]);
});

/** What the attack suite holds each call of a suspended tenant to. */
const isRefusedIfSuspended = (key: string): boolean =>
  Object.entries(operations).some(
    ([each, route]) =>
      each === key &&
      'problems' in route &&
      route.problems.some((problem: ProblemName) => problem === 'tenant-suspended'),
  );

test('docs/access.md has what a suspended tenant may not do', () => {
  const refused = Object.keys(operations).filter((key) => isRefusedIfSuspended(key));
  expectTable('docs/access.md', 'suspended', [
    `Refused (403, \`tenant-suspended\`): ${refused.map((key) => `\`${key}\``).join(', ')}.`,
  ]);
});

/** What the page says once of all of them is left out: a number is whole, and what is nothing by default may be nothing. */
const briefly = (use: string): string => use.replace(/^a whole number, /, '').replace(/; or nothing$/, '');

test('docs/parameters.md has every parameter, and serverless.yml those without a default', () => {
  const { params } = serverlessYml.parse(
    parse(readFileSync(join(projectDir, 'serverless.yml'), 'utf8'), { logLevel: 'error' }),
  );
  const without = Object.entries(allParameters).filter(([, { default: value }]) => value === undefined);
  expect(Object.keys(params.default).sort()).toEqual(without.map(([name]) => name).sort());
  const inFile = (name: string, value: Parameter['default']) =>
    value === undefined ? `**${defaultText(String(params.default[name]))}**` : defaultText(value);
  expectTable(
    'docs/parameters.md',
    'parameters',
    Object.entries(parametersBySubject).flatMap(([subject, parameters]) => [
      `\n## ${subject}\n\n| parameter | default | what for | must be |\n|---|---|---|---|`,
      ...Object.entries(parameters).map(
        ([name, { says, use, default: value }]) =>
          `| \`${name}\` | ${inFile(name, value)} | ${says} | ${briefly(use)} |`,
      ),
    ]),
  );
});

test('docs/newcomer.md shows lines that are in the files that it names', () => {
  const page = readFileSync(join(projectDir, 'docs/newcomer.md'), 'utf8');
  const blocks = [...page.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)];
  expect(blocks).toHaveLength(5);
  for (const [, path = '', lines = ''] of blocks) {
    const file = readFileSync(join(projectDir, path), 'utf8').split('\n');
    expect(file).toEqual(expect.arrayContaining(lines.trimEnd().split('\n')));
  }
});

test('docs/limits.md has every limit of a tenant', () => {
  expectTable('docs/limits.md', 'limits', [
    '| limit | so many | what uses it up |',
    '|---|---|---|',
    ...limitNames.map((name) => {
      const { unit, highest } = limits[name];
      return `| \`${name}\` | ${unit}, up to ${highest.toLocaleString('en')} | ${limitTexts[name]} |`;
    }),
  ]);
});

test('docs/api.md has every problem, with its title', () => {
  const names = Object.keys(problemTypes) as ProblemName[];
  expectTable('docs/api.md', 'problems', [
    '| status | `type`: `/problems/...` | `title` |',
    '|---|---|---|',
    ...names.map((name) => `| ${problemTypes[name].status} | \`${name}\` | ${problemTypes[name].title} |`),
  ]);
});

const pageOfEngine = 'docs/architecture.md';
const transitionNames = Object.keys(transitions) as TransitionName[];

/** Each way between two states, once, with the transitions that go it. */
function statesDiagram(): readonly string[] {
  const ways = transitionNames.flatMap((name) => {
    const { from, to }: Transition = transitions[name];
    if (to === 'same') return [];
    const origins = from.map((origin) => {
      if (origin === 'absent') return '[*]';
      return origin.startsWith('expired') ? 'running' : origin;
    });
    return [...new Set(origins)].map((origin) => ({ way: `${origin} --> ${to}`, name }));
  });
  return Object.entries(Object.groupBy(ways, ({ way }) => way)).map(
    ([way, its = []]) => `  ${way}: ${its.map(({ name }) => name).join(', ')}`,
  );
}

/** The words that a table of a section has in backticks in one of its columns. */
function namesInTable(section: string, column: number): readonly string[] {
  const page = readFileSync(join(projectDir, pageOfEngine), 'utf8');
  const [, text = ''] = page.split(`\n${section}\n`);
  const rows = text.split(/\n#+ /)[0]?.match(/^\|.*$/gm) ?? [];
  return rows.flatMap((row) =>
    [...(row.split('|')[column] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );
}

test('docs/architecture.md draws every transition between two states', () => {
  expectTable(pageOfEngine, 'states', ['```mermaid', 'stateDiagram-v2', ...statesDiagram(), '```']);
});

test('docs/architecture.md says whose write each transition is, and what each attribute of an item is for', () => {
  const written = new Set(namesInTable('## States', 2));
  expect([...written].sort()).toEqual([...transitionNames].sort());
  const attributes = namesInTable('### The item', 2);
  expect([...attributes].sort()).toEqual(Object.keys(jobItem.shape).sort());
});

test('docs/cli.md has each exit code of jobctl', () => {
  expectTable('docs/cli.md', 'exit codes', [
    '| code | when |',
    '|---|---|',
    ...Object.values(endings).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  ]);
});

test('docs/cost.md and docs/servers.md have the tables of `npm run cost`', () => {
  expectTable('docs/cost.md', 'a million jobs', millionJobs());
  expectTable('docs/cost.md', 'other ways', otherWaysTable());
  expectTable('docs/cost.md', 'bytes of log', [bytesOfLog()]);
  expectTable('docs/cost.md', 'prices', unverifiedPrices());
  expectTable('docs/servers.md', 'an hour of a job', jobHourTable());
});

test('docs/performance.md has what `npm run bench` has measured', () => {
  const files = [...pageFiles(readMeasured())];
  if (process.env.WRITE_DOCS) for (const [path, text] of files) writeFileSync(path, text);
  expect(files.filter(([path, text]) => readFileSync(path, 'utf8') !== text).map(([path]) => path)).toEqual(
    [],
  );
});

test('docs/scale.md has what ten million jobs a day need', () => {
  expectTable('docs/scale.md', 'ten million', tenMillionJobs());
});

test('docs/observe.md has every metric', () => {
  expectTable('docs/observe.md', 'metrics', [
    '| metric | counts |',
    '|---|---|',
    ...Object.entries(metrics).map(
      ([name, { unit, counts }]) =>
        `| \`${name}\`${unit === 'Count' ? '' : `, ${unit.toLowerCase()}`} | ${counts} |`,
    ),
  ]);
});

test('docs/observe.md has every prepared query', () => {
  expectTable(
    'docs/observe.md',
    'queries',
    Object.entries(logQueries).flatMap(([name, query]) => [
      `- ${name}:`,
      '',
      ...query.split(' | ').map((part, at) => `      ${at === 0 ? '' : '| '}${part}`),
      '',
    ]),
  );
});

const titlesIn = (test: string): readonly string[] =>
  [...readFileSync(join(projectDir, 'tests/infra', test), 'utf8').matchAll(/^ *test\('([^']+)'/gm)].map(
    ([, title = '']) => title,
  );

test('CONTRIBUTING.md has each rule that a test holds', () => {
  expectTable('CONTRIBUTING.md', 'rules', [
    ...titlesIn('source-rules.test.ts').map((title) => `- ${title}`),
    ...titlesIn('doc-tables.test.ts').map((title) => `- ${title}`),
    ...titlesIn('changed.test.ts').map((title) => `- \`npm run test:changed\` ${title}`),
  ]);
});

const functions = readdirSync(join(projectDir, 'functions')).map((name) =>
  name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
);

test('docs/runbook.md rolls the aliases of all functions back that every stage has, and knows the one that not each has', () => {
  const page = readFileSync(join(projectDir, 'docs/runbook.md'), 'utf8');
  const [, rolled = '', others = ''] = /^ {4}for name in ([\w ]+); do #(.*)$/m.exec(page) ?? [];
  expect(rolled.split(' ').sort()).toEqual(functions.filter((name) => name !== 'authorize').sort());
  expect(others).toContain('authorize');
});

test('docs/runbook.md asks the log groups of all functions that see a job', () => {
  const [, asked = ''] =
    /\$prefix-\{([\w,]+)\}/.exec(readFileSync(join(projectDir, 'docs/runbook.md'), 'utf8')) ?? [];
  expect(functions.length).toBeGreaterThan(5);
  // Not each stage has it, and CloudWatch refuses a question about a log group that is not there.
  const seeJobs = functions.filter((name) => name !== 'authorize');
  expect(asked.split(',').sort()).toEqual(seeJobs.sort());
});
