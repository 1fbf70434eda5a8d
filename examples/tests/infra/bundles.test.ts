import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { bundleConditions } from '../../../infra/job-type-catalog.ts';
import { messagesIn } from '../../../tests/infra/messages.ts';
import { root } from '../../../tests/project-copy.ts';
import { bundleFunctions, readService } from '../../../tests/system/kept-service.ts';

const names = ['submit', 'status', 'wait', 'api', 'pages', 'worker', 'long-worker', 'admission', 'notify'];
const services = ['ClientRequestToken', 'FileGroupSettings', 'mediaconvert', 'ListJobRuns', 'sparkSubmit'];
const longTexts = ['fails, as asked (failFirst: '];

type Bundles = ReadonlyMap<string, string>;
let withSamples: Bundles;
let without: Bundles;
let standardTexts: readonly string[];

/** The bundles of a stage with this parameter, whatever this process was told. */
async function bundlesOf(examples: boolean): Promise<Bundles> {
  const { NODE_OPTIONS } = process.env;
  process.env.NODE_OPTIONS = '';
  const conditions = bundleConditions(root, { examples });
  const folder = await bundleFunctions(root, await readService(root, new Map()), conditions);
  process.env.NODE_OPTIONS = NODE_OPTIONS;
  const read = names.map(
    async (name) => [name, await readFile(join(folder, 'functions', name, 'handler.mjs'), 'utf8')] as const,
  );
  return new Map(await Promise.all(read));
}

beforeAll(async () => {
  withSamples = await bundlesOf(true);
  without = await bundlesOf(false);
  standardTexts = ['CSV_QUOTE_NOT_CLOSED', ...(await messagesIn('examples/csv-aggregate'))];
});

const found = (bundles: Bundles, name: string, texts: readonly string[]) =>
  texts.filter((text) => bundles.get(name)?.includes(text));

test('only the workers that run a sample have its handler in their bundle', () => {
  expect(standardTexts.length).toBeGreaterThan(3);
  for (const name of names) {
    const runsStandard = name === 'worker' || name === 'long-worker';
    expect([name, found(withSamples, name, standardTexts)]).toEqual([
      name,
      runsStandard ? standardTexts : [],
    ]);
    expect([name, found(withSamples, name, longTexts)]).toEqual([
      name,
      name === 'long-worker' ? longTexts : [],
    ]);
  }
});

test('only the long worker has the clients of the services that samples drive', () => {
  for (const name of names)
    expect([name, found(withSamples, name, services)]).toEqual([
      name,
      name === 'long-worker' ? services : [],
    ]);
});

test('a stage that does not ask for the samples has nothing of them', () => {
  const texts = [...standardTexts, ...longTexts, ...services];
  const types = ['countdown', 'csv-aggregate', 'emr-aggregate', 'encode-video', 'transcode-video'];
  for (const name of names) {
    expect([name, found(without, name, [...texts, ...types])]).toEqual([name, []]);
    expect(without.get(name)).toContain('export');
  }
  expect(found(withSamples, 'submit', types)).toEqual(types);
});
