import { describe, expect, test } from '@jest/globals';
import { levelOf, reachOf, testFiles, testsOf } from '../changed/reach.ts';
import { always, gates, starts, ways } from '../changed/shortcuts.ts';
import { importedBy, namedBy, ourFiles, textOf } from '../source-graph.ts';

const ofTests = ourFiles.filter(
  (name) => /^(examples\/)?tests\/.*\.ts$/.test(name) && !/^tests\/(fixtures|changed)\//.test(name),
);
/** A job that spawns jobs starts no program. */
const startsProgram =
  /(?<!\bjob\.)\b(spawn|spawnSync|execFile|execFileSync|fork)\(|promisify\(execFile\)|\b(startChildSystem|sls)\(/;

/** They start what is not ours, or a text of their own, or what they are told. */
const others =
  /^(?:examples\/)?tests\/(unit\/.*|job-types\/.*|integration\/(readme\.suite|documented-receiver\.test|[\w-]+-after-kill\.test)|client\/[\w-]+|infra\/(image\/\w+|libraries\.suite|lambda\/lambda-runtime)|source-graph|shared-server|with-own-types|system\/offline-start|infra\/kept-output\.test)\.ts$/;
/** What no test runs: demonstrations, and constants of which only the types are used. */
const untested = /^(bench\/|examples\/demo\/|functions\/api\/openapi\/operation\.ts)/;
const hasCode = (name: string) =>
  /^(export )?(const|function|class|async|default|await) /m.test(textOf(name));

describe('npm run test:changed', () => {
  test('knows what each program is made of that a test starts: its code names a file, or the table does', () => {
    const unknown = ofTests
      .filter((name) => startsProgram.test(textOf(name)) && !others.test(name))
      .filter((name) => namedBy(name).every((file) => importedBy(name).includes(file)))
      .filter((name) => !starts.some(({ words }) => words.test(textOf(name))));
    expect(unknown).toEqual([]);
  });

  test('names what there is', () => {
    const files = [...starts.flatMap((start) => start.files), ...Object.entries(ways).flat(2)];
    const isThere = (path: string) =>
      ourFiles.some((name) => name === path || (path.endsWith('/') && name.startsWith(path)));
    expect([...files, ...always].filter((path) => !isThere(path))).toEqual([]);
    const dead = gates.filter(
      ({ from, to }) => ![from, to].every((path) => ourFiles.some((name) => path.test(name))),
    );
    expect(dead).toEqual([]);
  });

  test('has no gate that no test goes through', () => {
    const code = testFiles().map((name) =>
      [...reachOf(name).keys()].filter((file) => file.startsWith('tests/')),
    );
    const texts = code.map((files) => files.map(textOf).join('\n'));
    const shut = gates.filter(({ words }) => words && !texts.some((text) => words.test(text)));
    expect(shut).toEqual([]);
    expect(starts.filter(({ words }) => !texts.some((text) => words.test(text)))).toEqual([]);
  });

  test('finds a test for each file of the source that has something to run', () => {
    const reached = new Set(testFiles().flatMap((name) => [...reachOf(name).keys()]));
    // A user's adapter may have no test.
    const source = ourFiles.filter(
      (name) => /\.ts$/.test(name) && !/^((examples\/)?tests|job-types)\/|\.d\.ts$/.test(name),
    );
    expect(source.length).toBeGreaterThan(400);
    expect(source.filter((name) => !reached.has(name) && hasCode(name) && !untested.test(name))).toEqual([]);
  });

  test('finds what Jest runs before the tests of a level', () => {
    const setUps = [
      ...textOf('jest.config.js').matchAll(/[lL]evel\('(\w+)'\),\n\s*globalSetup: '<rootDir>\/(.*)'/g),
    ];
    expect(setUps.length).toBe(textOf('jest.config.js').match(/globalSetup/g)?.length);
    for (const [, level, path] of setUps) expect(path).toBe(`tests/${level}/start.ts`);
  });

  test.each([
    ['shared/aws/records/job-store.ts', ['browser', 'client', 'contract', 'infra', 'integration', 'unit']],
    ['functions/pages/html/layout.ts', ['browser', 'client', 'infra', 'integration', 'unit']],
    ['functions/pages/assets/page.js', ['browser', 'client', 'infra', 'integration', 'unit']],
    ['client/src/upload.ts', ['client', 'infra', 'integration', 'unit']],
    ['client/jobctl/src/jobs/act-on-many.ts', ['client', 'infra', 'integration', 'unit']],
    ['scripts/compat.ts', ['infra']],
    ['server/job-process.ts', ['infra', 'integration', 'unit']],
    ['infra/resources/alarms.yml', ['infra']],
    ['local/lambda/event-sources.ts', ['browser', 'client', 'infra', 'integration']],
    ['testkit/compare.ts', ['infra', 'unit']],
    ['docs/cli.md', ['infra', 'unit']],
    ['docs/adr/0052-a-share-of-the-simulation.md', ['infra']],
  ])('%s is reached by tests of %s', (file, levels) => {
    const found = testsOf([file]).map(({ test: name }) => levelOf(name));
    expect([...new Set(found)].sort()).toEqual(levels);
  });
});
