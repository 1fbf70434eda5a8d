import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  noticesOf,
  problemsOfLicenses,
  type ThirdParty,
  thirdPartiesOf,
} from '../../../../infra/packaging/licenses.ts';
import { billOf } from '../../../../scripts/licenses/bill-of-materials.ts';

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'job-worker-licenses-'));
  const files = {
    'node_modules/one/package.json': { name: 'one', version: '1.0.0', license: 'MIT' },
    'node_modules/one/LICENSE': 'Free for all.\n',
    'node_modules/one/node_modules/@some/two/package.json': {
      name: '@some/two',
      version: '2.0.0',
      license: { type: 'ISC' },
    },
    'node_modules/one/node_modules/@some/two/license.md': 'Free for all.',
    'node_modules/one/node_modules/@some/two/NOTICE.txt': 'By somebody.',
    'node_modules/three/package.json': { name: 'three', version: '3.0.0' },
    'beside/four/package.json': { name: 'four', version: '4.0.0', license: 'LGPL-3.0-or-later' },
    'beside/four/lib/package.json': { type: 'module' },
    'beside/@some/two/package.json': { name: '@some/two', version: '2.0.0', license: { type: 'ISC' } },
  };
  for (const [path, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await mkdir(join(project, path, '..'), { recursive: true });
    await writeFile(join(project, path), text);
  }
});
afterAll(() => rm(project, { recursive: true }));

/** What esbuild says of a bundle: how many bytes are of which file. */
const metafile = (entryPoint: string, bytes: Readonly<Record<string, number>>) => ({
  inputs: {},
  outputs: {
    'out.mjs': {
      entryPoint,
      bytes: 1,
      inputs: Object.fromEntries(
        Object.entries(bytes).map(([path, bytesInOutput]) => [path, { bytesInOutput }]),
      ),
      imports: [],
      exports: [],
    },
  },
});

describe('the packages of bundles', () => {
  test('are those of which a bundle has a byte, and those beside it, each once', async () => {
    const found = await thirdPartiesOf({
      project,
      metafiles: [
        metafile('a.ts', { 'own.ts': 10, 'node_modules/one/a.js': 5, 'node_modules/one/b.js': 5 }),
        metafile('b.ts', {
          'node_modules/one/a.js': 5,
          'node_modules/one/node_modules/@some/two/a.js': 1,
          'node_modules/three/a.js': 0,
        }),
      ],
      installed: [{ folder: join(project, 'beside'), bundle: 'beside' }],
    });
    expect(found.map(({ name, version, license, bundles }) => [name, version, license, bundles])).toEqual([
      ['@some/two', '2.0.0', 'ISC', ['b.ts', 'beside']],
      ['four', '4.0.0', 'LGPL-3.0-or-later', ['beside']],
      ['one', '1.0.0', 'MIT', ['a.ts', 'b.ts']],
    ]);
    expect(found.map(({ texts }) => texts)).toEqual([
      ['By somebody.', 'Free for all.'],
      [],
      ['Free for all.'],
    ]);
  });

  test('are found behind the name that a plugin gives to a file', async () => {
    const metafiles = [metafile('a.ts', { 'node-require:node_modules/three/a.js': 1 })];
    const found = await thirdPartiesOf({ project, metafiles });
    expect(found).toMatchObject([{ name: 'three', license: '' }]);
  });
});

const party = (name: string, license: string, text?: string): ThirdParty => ({
  name,
  version: '1.0.0',
  license,
  texts: text === undefined ? [] : [text],
  bundles: ['functions/submit/handler.ts'],
});

describe('a license', () => {
  test.each(['MIT', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND BSD-3-Clause', 'Unlicense'])(
    '%s is allowed',
    (license) => {
      expect(problemsOfLicenses([party('one', license)])).toEqual([]);
    },
  );

  test.each([
    'GPL-3.0-only',
    'AGPL-3.0-or-later',
    'LGPL-3.0-or-later',
    'MPL-2.0',
    'MIT AND GPL-2.0-only',
    'SEE LICENSE IN LICENSE.md',
    'UNLICENSED',
  ])('%s is not: the package is named, and where it is', (license) => {
    expect(problemsOfLicenses([party('fine', 'MIT'), party('one', license)])).toEqual([
      `one 1.0.0, in functions/submit/handler.ts, has the license ${license}. Take another package, or allow it in infra/packaging/licenses.ts.`,
    ]);
  });

  test('of a package that somebody has looked at is allowed', () => {
    expect(problemsOfLicenses([party('png-js', '')])).toEqual([]);
  });

  test('that nobody has named is not', () => {
    expect(problemsOfLicenses([party('one', '')])).toEqual([expect.stringContaining('has no license')]);
  });
});

test('the notices have each text once, behind all packages that have it, and say where there is none', () => {
  const notices = noticesOf([party('one', 'MIT', 'A'), party('two', ''), party('three', 'MIT', 'A')]);
  expect(notices).toBe(
    [
      'one 1.0.0 (MIT)\nthree 1.0.0 (MIT)\n\nA\n',
      'two 1.0.0 (no license is named)\n\nThe package has no text of its license.\n',
    ].join(`\n${'-'.repeat(80)}\n\n`),
  );
});

const component = (name: string, scope: string) => ({
  'bom-ref': `${name}@1.0.0`,
  purl: `pkg:npm/${name.replace('@', '%40')}@1.0.0`,
  scope,
  hashes: [name],
  properties: [{ name: 'cdx:npm:package:development', value: 'true' }],
});
const asked = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { timestamp: 'now', component: { 'bom-ref': 'project@1.0.0', name: 'folder' } },
  components: [
    component('@some/one', 'required'),
    component('tool', 'optional'),
    component('two', 'optional'),
  ],
  dependencies: [
    { ref: 'project@1.0.0', dependsOn: ['@some/one@1.0.0', 'tool@1.0.0'] },
    { ref: '@some/one@1.0.0', dependsOn: ['two@1.0.0', 'tool@1.0.0'] },
    { ref: 'tool@1.0.0', dependsOn: [] },
    { ref: 'two@1.0.0' },
  ],
};

test('the bill has what is delivered, and nothing of what only builds it', () => {
  expect(billOf(asked, 'job-worker', [party('@some/one', 'MIT'), party('two', 'MIT')])).toEqual({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: { timestamp: 'now', component: { 'bom-ref': 'project@1.0.0', name: 'job-worker' } },
    components: [
      { ...component('@some/one', 'required'), properties: [] },
      { ...component('two', 'required'), properties: [] },
    ],
    dependencies: [
      { ref: 'project@1.0.0', dependsOn: ['@some/one@1.0.0'] },
      { ref: '@some/one@1.0.0', dependsOn: ['two@1.0.0'] },
      { ref: 'two@1.0.0', dependsOn: [] },
    ],
  });
});

test('a package that is delivered and that npm does not know is an error with its name', () => {
  expect(() => billOf(asked, 'job-worker', [party('three', 'MIT')])).toThrow(
    'three 1.0.0, which is delivered',
  );
});
