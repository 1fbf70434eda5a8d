import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { projectDir } from '../project-copy.ts';

const rulesOfRooms: unknown = createRequire(import.meta.url)('../../.dependency-cruiser-rooms.cjs');

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: projectDir,
  encoding: 'utf8',
})
  .split('\n')
  .filter(
    // No rule of ours is about a user's own code, which own-types.ts has examples of.
    (name) =>
      name !== '' &&
      !/^(job-types|tests\/unit\/job-types)\/|^tests\/infra\/(source-rules\.test|own-types)\.ts$/.test(
        name,
      ) &&
      existsSync(join(projectDir, name)),
  );
const textOf = (name: string) => readFileSync(join(projectDir, name), 'utf8');
const linesOf = (name: string) => textOf(name).split('\n').length - 1;
const code = tracked.filter((name) => name.endsWith('.ts'));
const production = code.filter((name) =>
  /^(functions|server|shared|local|infra|scripts|client|testkit)\//.test(name),
);
const deployed = production.filter((name) => /^(functions|shared)\//.test(name));
const prose = tracked.filter(
  (name) => /\.(md|yml|ts|json|js|cjs)$/.test(name) && !name.startsWith('package'),
);

/** Every line of these files that matches, with its place. */
const places = (files: readonly string[], pattern: RegExp): readonly string[] =>
  files.flatMap((name) =>
    textOf(name)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${name}:${index + 1}: ${line.trim()}`] : [])),
  );

/** What a link may have after its `#`: the titles as GitHub writes them, and anchors by name. */
function anchorsOf(page: string): ReadonlySet<string> {
  const text = textOf(page).replaceAll(/^```[\s\S]*?^```/gm, '');
  const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...titles, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id)]);
}

describe('words', () => {
  test('no limit is called longest, most, largest or fewest', () => {
    expect(places(code, /\b(longest|most|largest|fewest)[A-Z]\w*/)).toEqual([]);
  });

  test('the code of a job type is called its handler, and a queue is processed', () => {
    expect(places(code, /\bworks\b(?=\s*[:=,.)}\]]|\[)/)).toEqual([]);
    expect(places(prose, /\bwork(s|ed|ing)? off\b/i)).toEqual([]);
  });
});

describe('structure', () => {
  test('no source file has more than 400 lines, and no file of unit or contract tests more than 600', () => {
    const limitOf = (name: string) =>
      /^(examples\/)?tests\/(unit|contract)\/.*\.test\.ts$/.test(name) ? 600 : 400;
    expect(code.filter((name) => linesOf(name) > limitOf(name))).toEqual([]);
  });

  test('no source file of less than 30 lines has one importer alone, in its own folder, unless its name is a role', () => {
    const roles = /\/(handler|uses|config|contract|adapter|index|main|[\w-]+-page)\.ts$/;
    const importers = code.filter((name) => !name.startsWith('tests/unit/'));
    const importersOf = new Map<string, string[]>();
    // What is imported later, or evaluated before bundling, has a reason to be alone.
    for (const importer of importers)
      for (const [, path = ''] of textOf(importer).matchAll(/\bfrom '(\.{1,2}\/[^']+)';$/gm)) {
        const imported = join(dirname(importer), path);
        importersOf.set(imported, [...(importersOf.get(imported) ?? []), importer]);
      }
    const evaluated = textOf('infra/packaging/esbuild.config.cjs');
    const crumbs = production.filter((name) => {
      const [importer, ...others] = importersOf.get(name) ?? [];
      return (
        linesOf(name) < 30 &&
        importer !== undefined &&
        others.length === 0 &&
        dirname(importer) === dirname(name) &&
        !roles.test(name) &&
        !evaluated.includes(name)
      );
    });
    expect(importersOf.size).toBeGreaterThan(500);
    expect(crumbs).toEqual([]);
  });

  test('no folder has more than 32 source files side by side', () => {
    const folders = Map.groupBy(production, dirname);
    expect([...folders].flatMap(([folder, { length }]) => (length > 32 ? [[folder, length]] : []))).toEqual(
      [],
    );
  });

  test('serverless.yml is a map of less than 250 lines, and the README has less than 100', () => {
    expect(linesOf('serverless.yml')).toBeLessThan(250);
    expect(linesOf('README.md')).toBeLessThan(100);
  });

  test('an ADR has less than 40 lines, and the index of decisions has each once', () => {
    const index = 'docs/adr/README.md';
    const adrs = tracked.filter((name) => name.startsWith('docs/adr/') && name !== index);
    expect(adrs.length).toBeGreaterThan(10);
    expect(adrs.filter((name) => linesOf(name) >= 40)).toEqual([]);
    const listed = [...textOf(index).matchAll(/^- \[\d+\]\((.*)\)/gm)].map(([, name]) => `docs/adr/${name}`);
    expect(listed.sort()).toEqual(adrs);
  });

  test('each file that a page names is there', () => {
    const folders = new Set(tracked.flatMap((name) => (name.includes('/') ? [name.split('/')[0]] : [])));
    const named = prose
      .filter((name) => name.endsWith('.md') && !name.startsWith('docs/adr/'))
      .flatMap((page) =>
        [...textOf(page).matchAll(/`([\w./-]+\/[\w./-]*\.(?:ts|yml|cjs|json|md|py|css))`/g)].map(
          ([, path = '']) => ({ page, path }),
        ),
      )
      // X, and the types that a page has the reader write, are nowhere.
      .filter(({ path }) => folders.has(path.split('/')[0]) && !/(^|\/)(X|job-types\/[a-z-]+)\//.test(path));
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ path }) => !existsSync(join(projectDir, path)))).toEqual([]);
  });

  test('each link of a page leads to a page, and to an anchor in it, and so does each page that code names', () => {
    const pages = tracked.filter((name) => name.endsWith('.md'));
    const links = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\(([^)\s:]+)\)/g)].map(([, link = '']) => {
        const [path = '', anchor] = link.split('#');
        return { from: page, to: path === '' ? page : join(dirname(page), path), anchor };
      }),
    );
    const names = prose
      .filter((name) => !name.startsWith('tests/infra/source-rules'))
      .flatMap((from) =>
        [...textOf(from).matchAll(/(?<![\w./-])(docs\/[\w-]+\.md)(?:#([\w-]+))?/g)].map(
          ([, to = '', anchor]) => ({ from, to, anchor }),
        ),
      )
      // The changelog says what a page was called when something was changed.
      .filter(({ from }) => from !== 'CHANGELOG.md');
    const isThere = ({ to, anchor }: { to: string; anchor: string | undefined }) =>
      existsSync(join(projectDir, to)) &&
      (anchor === undefined || !to.endsWith('.md') || anchorsOf(to).has(anchor));
    expect(links.length).toBeGreaterThan(500);
    expect(names.length).toBeGreaterThan(50);
    expect([...links, ...names].filter((link) => !isThere(link))).toEqual([]);
  });

  test('no page makes a key that has the right `operate` beside rights of a tenant', () => {
    const pages = [...prose.filter((name) => name.endsWith('.md')), 'scripts/access/keys-help.ts'];
    const made = places(pages, /\bcreate .*--rights/);
    const rightsIn = (line: string) => /--rights ([\w,]+)/.exec(line)?.[1]?.split(',') ?? [];
    expect(made.length).toBeGreaterThan(5);
    expect(made.filter((line) => rightsIn(line).includes('operate') && rightsIn(line).length > 1)).toEqual(
      [],
    );
  });

  test('a module that loads handlers of job types imports first what reads their secrets', () => {
    const loads = /^import .*'#job-types\/handlers\//m;
    const loading = code.filter((name) => /^(functions|server)\//.test(name) && loads.test(textOf(name)));
    expect(loading).toHaveLength(4);
    const first = /^(import '\S+settings-file\.ts';.*\n)?import '\S+\/secrets-of-types\.ts';/;
    expect(loading.filter((name) => !first.test(textOf(name)))).toEqual([]);
  });

  test('each kind of item has a suite in `tests/contract/`', () => {
    const suites = code.filter((name) => name.startsWith('tests/contract/')).map(textOf);
    const isTested = (path: string) => suites.some((text) => text.includes(`/${path}'`));
    // Another file may make the port of a kind: that of a kind beside it, or an adapter.
    const makers = production.filter((name) => /^shared\/(aws|domain\/state\/limits)\//.test(name));
    const makersOf = (path: string) =>
      makers.filter((name) => textOf(name).includes(`/${path.slice(path.lastIndexOf('/') + 1)}'`));
    const kinds = production.filter((name) => textOf(name).includes('satisfies Kind'));
    expect(kinds.length).toBeGreaterThan(10);
    expect(kinds.filter((path) => ![path, ...makersOf(path)].some(isTested))).toEqual([]);
  });

  test('unit tests are in the folder of what they test', () => {
    const folders = new Set(production.map((name) => name.slice(0, name.lastIndexOf('/'))));
    const tests = code.filter((name) => name.startsWith('tests/unit/'));
    const misplaced = tests.filter(
      (name) => !folders.has(name.slice('tests/unit/'.length, name.lastIndexOf('/'))),
    );
    expect(tests.length).toBeGreaterThan(50);
    expect(misplaced).toEqual([]);
  });
});

describe('install scripts', () => {
  /** A script of a package runs with the rights of the person who installs: each one is decided about, by name. */
  test('each rule of `npm run imports` says what to do instead', () => {
    const rules = z.object({
      forbidden: z.array(z.object({ name: z.string(), comment: z.optional(z.string()) })),
    });
    const texts = [JSON.parse(textOf('.dependency-cruiser.json')), rulesOfRooms];
    const forbidden = texts.flatMap((text) => rules.parse(text).forbidden);
    expect(forbidden.filter(({ comment = '' }) => !/Remedy: [A-Z].*\.$/.test(comment))).toEqual([]);
  });

  test('package.json says of each package with an install script whether the script runs: those of node and esbuild alone', () => {
    const { allowScripts } = z
      .object({ allowScripts: z.record(z.string(), z.boolean()) })
      .parse(JSON.parse(textOf('package.json')));
    const { packages } = z
      .object({ packages: z.record(z.string(), z.object({ hasInstallScript: z.optional(z.boolean()) })) })
      .parse(JSON.parse(textOf('package-lock.json')));
    const withScript = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript ? [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)] : [],
    );
    expect(Object.keys(allowScripts).sort()).toEqual([...new Set(withScript)].sort());
    expect(
      Object.keys(allowScripts)
        .filter((name) => allowScripts[name])
        .sort(),
    ).toEqual(['esbuild', 'node']);
  });
});

describe('decisions', () => {
  // Each is a switch that the compiler checks, or a fact in `statusFacts`: see compiler.test.ts.
  test('nothing compares a status with a literal', () => {
    expect(
      places(deployed, /\bstatus\b\??\s*[!=]==?\s*'(queued|waiting|running|succeeded|failed|canceled)'/),
    ).toEqual([]);
  });

  test('who tells people or metrics of a wait reads it with waitOf, and no attribute of it', () => {
    const reporters = [
      ...['functions/', 'scripts/', 'client/', 'shared/http/', 'shared/watch/', 'shared/domain/observe/'],
      ...['shared/worker/hold/report-attempt.ts', 'shared/operations/find/survey-jobs.ts'],
      'shared/aws/records/job-sample.ts',
    ];
    const isOf = (path: string) => (name: string) => name.startsWith(path);
    const read =
      /\b(awaitedBatches|isDebouncing|lacksHandlerSince|pauseHolding|placeAwaited|turnInLine|unansweredOf|waitsForSubmissions|awaitsPlace|noHandler|postponedUntil)\b|\b(item|job)\??\.(awaits|debounced|paused|turn)\b/;
    const reporting = reporters.flatMap((path) => production.filter(isOf(path)));
    // A file that has moved would be looked at no more.
    expect(reporters.filter((path) => !production.some(isOf(path)))).toEqual([]);
    expect(places(['shared/domain/state/waits/wait.ts'], read).length).toBeGreaterThan(5);
    expect(places(reporting, read)).toEqual([]);
  });

  test('only handlers read the environment, the settings of a job type, and what stands in for the SDK', () => {
    const readers =
      /^(functions\/[^/]+\/handler|shared\/author\/settings(-file)?|shared\/aws\/lean\/function-environment)\.ts$/;
    const others = deployed.filter((name) => !readers.test(name));
    expect(places(others, /process\.env/)).toEqual([]);
  });

  test('no use case reads a clock or a source of randomness', () => {
    const useCases = deployed.filter(
      (name) => !name.startsWith('shared/aws/') && !name.endsWith('/handler.ts'),
    );
    expect(places(useCases, /Date\.now\(\)|new Date\(\)|Math\.random\(|\bsetTimeout\(/)).toEqual([]);
  });

  /** How often a sort asks, and of what, is the engine's choice: the orders are not equally likely, and a seed has another one there. */
  // UpdateItem is no right to put. The endpoints have a table of their own.
  test('no function puts an item into the jobs table: no role may', () => {
    const callers = deployed.filter((name) => !name.startsWith('shared/aws/lean/'));
    expect(callers.filter((name) => textOf(name).includes('PutItemCommand'))).toEqual([
      'shared/aws/records/endpoint-store.ts',
    ]);
  });

  test('nothing is sorted by a random comparator', () => {
    const comparator = /\.(?:sort|toSorted)\(\s*(?:\(\s*\)|[^;]*?=>[^,;]*?(?:random|fraction))/i;
    expect('all.sort(() => random() - 0.5)').toMatch(comparator);
    expect('all.toSorted((_one, _other) =>\n  Math.random() - 0.5)').toMatch(comparator);
    expect(code.filter((name) => comparator.test(textOf(name)))).toEqual([]);
  });
});
