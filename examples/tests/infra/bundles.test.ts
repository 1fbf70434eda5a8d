import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { bundleOf, sourceOf } from '../../../infra/packaging/bundle.ts';
import { readZip } from '../../../infra/packaging/read-zip.ts';
import { keepAuthorizer } from '../../../infra/template/http-api.ts';
import { messagesIn } from '../../../tests/infra/messages.ts';
import { projectDir, sls, withProjectCopy } from '../../../tests/project-copy.ts';
import { readService } from '../../../tests/system/kept-service.ts';

const names = [
  'submit',
  'status',
  'wait',
  'api',
  'pages',
  'worker',
  'longWorker',
  'bulk',
  'admission',
  'deadLetter',
  'notify',
  'overdue',
  'check',
];
const services = ['ListJobRuns', 'sparkSubmit'];
const longTexts = ['fails, as asked (failFirst: '];

type Bundles = ReadonlyMap<string, string>;
let withSamples: Bundles;
let without: Bundles;
let standardTexts: readonly string[];

/** Nothing but the parameter of the stage chooses the catalog: the processes know no job types of tests. */
const env = { NODE_OPTIONS: '' };

/** What is in the packages of a stage, by the name of the function. */
async function packagesOf(dir: string, stage: string): Promise<Bundles> {
  await sls(dir, ['package', '--package', stage, '--stage', stage], env);
  const zips = (await readdir(join(dir, stage))).filter((name) => name.endsWith('.zip'));
  const read = zips.map(async (name) => {
    const files = readZip(await readFile(join(dir, stage, name)));
    return [name.replace('.zip', ''), [...files.values()].join('\n')] as const;
  });
  return new Map(await Promise.all(read));
}

/** Bundles all functions at once, with the conditions of that stage. */
const bundling = `
const [stage, params, files, outdir] = JSON.parse(process.argv[1]);
const { default: settingsOf } = await import('./infra/packaging/esbuild.config.cjs');
const { bundle } = await import('./infra/packaging/bundle.ts');
const getProvider = () => ({ getStage: () => stage });
const { conditions } = settingsOf({ getProvider, configurationInput: { params }, processedInput: { options: {} } });
await bundle(process.cwd(), files, { outdir, conditions });
`;

/** The bundles of a stage, without osls: to package one more stage takes several times as long. */
async function bundlesOf(dir: string, stage: string): Promise<Bundles> {
  const { params, functions } = await readService(projectDir, new Map());
  keepAuthorizer(functions, { auth: 'apiKey' });
  const handlers = Object.entries(functions).map(([name, { handler }]) => [name, handler] as const);
  const files = handlers.map(([, handler]) => sourceOf(handler));
  const given = JSON.stringify([stage, params, files, stage]);
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', bundling, given], {
    cwd: dir,
    env: { ...process.env, ...env },
  });
  const read = handlers.map(
    async ([name, handler]) => [name, await readFile(join(dir, stage, bundleOf(handler)), 'utf8')] as const,
  );
  return new Map(await Promise.all(read));
}

beforeAll(() =>
  withProjectCopy(
    async (dir) => {
      withSamples = await packagesOf(dir, 'dev');
      without = await bundlesOf(dir, 'prod');
      standardTexts = [
        'charge of ',
        'CSV_QUOTE_NOT_CLOSED',
        'UnreadablePageError',
        ...(await messagesIn('examples/csv-aggregate')),
      ];
    },
    ['examples'],
  ),
);

test('thirteen functions are packaged for both stages', () => {
  for (const bundles of [withSamples, without]) expect([...bundles.keys()].sort()).toEqual([...names].sort());
});

const found = (bundles: Bundles, name: string, texts: readonly string[]) =>
  texts.filter((text) => bundles.get(name)?.includes(text));

test('only the workers that run a sample have its handler in their bundle', () => {
  expect(standardTexts.length).toBeGreaterThan(3);
  for (const name of names) {
    const runsStandard = name === 'worker' || name === 'longWorker';
    expect([name, found(withSamples, name, standardTexts)]).toEqual([
      name,
      runsStandard ? standardTexts : [],
    ]);
    expect([name, found(withSamples, name, longTexts)]).toEqual([
      name,
      name === 'longWorker' ? longTexts : [],
    ]);
  }
});

test('only the long worker has the clients of the services that samples drive', () => {
  for (const name of names)
    expect([name, found(withSamples, name, services)]).toEqual([name, name === 'longWorker' ? services : []]);
});

test('a stage that does not ask for the samples has nothing of them', () => {
  const texts = [...standardTexts, ...longTexts, ...services];
  const types = [
    'approve-order',
    'countdown',
    'csv-aggregate',
    'emr-aggregate',
    'encode-video',
    'import-book',
    'import-page',
    'send-invoices',
    'write-invoice',
  ];
  for (const name of names) {
    expect([name, found(without, name, [...texts, ...types])]).toEqual([name, []]);
    expect(without.get(name)).toContain('export');
  }
  expect(found(withSamples, 'submit', types)).toEqual(types);
});
