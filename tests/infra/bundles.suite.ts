import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { variablesOf } from '../../shared/aws/uses/environment.ts';
import { operations } from '../../shared/http/families/all.ts';
import type { Operation } from '../../shared/http/wire/route.ts';
import { projectDir } from '../project-copy.ts';
import type { BundleExample } from './bundle-example.ts';
import { bundleExamples } from './bundle-examples.ts';
import { setByLambda } from './expected.ts';
import { messagesIn } from './messages.ts';
import type { Package, PackagedFunction } from './packaged.ts';

const run = promisify(execFile);

/** @param zips the folder of what was packaged */
export function describeBundles({ functions }: Package, zips: string): void {
  const dir = mkdtempSync(join(tmpdir(), 'job-worker-bundles-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  // Functions that share a handler share its bundle.
  const byHandler = new Map(functions.map((fn) => [fn.properties.Handler, fn]));
  describe.each([...byHandler])('the bundle of %s', (handler, fn) => {
    const path = unpack(fn, dir);

    const examples = bundleExamples[handler] ?? [];
    const outcomeOf = outcomesOf(fn, path, examples);
    // Most of them wait until the SDK has tried for the last time.
    test.concurrent.each(examples)('needs no other file: it $title', async (example) => {
      const { outcome, logged } = await outcomeOf(example);
      const { answer, error } = example;
      expect(outcome).toMatchObject(error === undefined ? { answer } : { error });
      expect(logged).toContain(example.log ?? '');
    });

    test('does not start without its environment, and names every missing variable', async () => {
      const declared = variablesOf(fn.uses).filter((key) => !setByLambda.includes(key));
      const missing = declared.map((key) => `${key} is missing`);
      const started = invoke(fn, path, { events: [{}], env: {} });
      await expect(started).rejects.toThrow(`The environment is not usable: ${missing.join('; ')}\n`);
    });
  });

  describeContents(functions);

  test('each bundle says which source map is its own, which is beside the zips and in none', () => {
    for (const { name, bundle, bundlePath, files } of functions) {
      const [, map = ''] = /\n\/\/# sourceURL=(\S+)\n$/.exec(bundle) ?? [];
      expect([name, map]).toEqual([name, expect.stringMatching(/^[a-z-]+\.[0-9a-f]{16}\.mjs$/)]);
      expect(bundlePath).toContain(`/${map.split('.')[0]}/`);
      expect(existsSync(join(zips, 'maps', `${map}.map.gz`))).toBe(true);
      expect([...files.keys()].filter((path) => path.includes('.map'))).toEqual([]);
    }
  });
}

function describeContents(functions: readonly PackagedFunction[]): void {
  const bundleOf = (name: string) => functions.find((fn) => fn.name === name)?.bundle ?? '';

  test('only the workers that run a job type have its handler in their bundle', async () => {
    const standard = ['there is no column "', 'ColumnError'];
    const long = ['fails, as asked (failFirst: '];
    const found = (name: string, texts: readonly string[]) =>
      texts.filter((text) => bundleOf(name).includes(text)).length;
    for (const { name } of functions) {
      const runsStandard = name === 'worker' || name === 'longWorker';
      expect([name, found(name, standard)]).toEqual([name, runsStandard ? standard.length : 0]);
      expect([name, found(name, long)]).toEqual([name, name === 'longWorker' ? long.length : 0]);
    }
  });

  test('only the long worker has what speaks with a service that jobs drive', () => {
    const texts = ['the report service has answered with', '?reference='];
    for (const { name, bundle } of functions)
      expect([name, texts.filter((text) => bundle.includes(text))]).toEqual([
        name,
        name === 'longWorker' ? texts : [],
      ]);
  });

  test('only the function pages has what pages are made of, and does not read its files', async () => {
    const shared = await messagesIn('functions/api');
    const own = (await messagesIn('functions/pages')).filter((text) => !shared.includes(text));
    expect(own.length).toBeGreaterThan(10);
    const texts = [...own, '[data-live]', '.timeline'];
    for (const { name, bundle } of functions)
      expect([name, texts.filter((text) => bundle.includes(text))]).toEqual([
        name,
        name === 'pages' ? texts : [],
      ]);
    expect(bundleOf('pages')).not.toContain('import.meta.dirname');
    expect(bundleOf('pages')).not.toContain('readFileSync');
  });

  test('no function has what the routes say of themselves but the one that answers with the document', () => {
    const texts = Object.values<Operation>(operations).map(({ summary }) => summary);
    expect(texts.length).toBeGreaterThan(20);
    for (const { name, bundle } of functions)
      expect([name, texts.filter((text) => bundle.includes(text))]).toEqual([
        name,
        name === 'api' ? texts : [],
      ]);
  });

  test('only the functions that show or watch the queues ask CloudWatch, and only the one that watches has its client', () => {
    const age = 'ApproximateAgeOfOldestMessage';
    const client = '"GetMetricData"';
    const texts = [age, 'GraniteServiceVersion20100801.GetMetricData', client];
    const expected = new Map([
      ['api', texts.slice(0, 2)],
      ['pages', texts.slice(0, 2)],
      ['check', [age, client]],
    ]);
    for (const { name, bundle } of functions)
      expect([name, texts.filter((text) => bundle.includes(text))]).toEqual([name, expected.get(name) ?? []]);
  });

  test('only the functions that send mail have the client of SES', () => {
    const withClient = functions.filter(({ bundle }) => bundle.includes('/v2/email/outbound-emails'));
    expect(withClient.map(({ name }) => name).sort()).toEqual(['longWorker', 'notify']);
  });

  // Node.js of Lambda may know fewer time zones than the one that packages: what that refuses must not end a function.
  test('no bundle checks the schedules again', async () => {
    const texts = (await messagesIn('shared/author')).filter((text) =>
      text.includes('schedules that cannot be'),
    );
    expect(texts).toHaveLength(1);
    for (const { bundle } of functions) expect(texts.filter((text) => bundle.includes(text))).toEqual([]);
  });

  test('no bundle has code of local/', async () => {
    // The reason phrases of HTTP are everybody's.
    const own = (await messagesIn('local')).filter((text) => !Object.values(STATUS_CODES).includes(text));
    const texts = ['dynalite', 'fauxqs', ...own];
    expect(texts.length).toBeGreaterThan(5);
    for (const { bundle } of functions) expect(texts.filter((text) => bundle.includes(text))).toEqual([]);
  });
}

/** @returns the path of the bundle, in a folder without other files */
export function unpack({ name, bundlePath, bundle }: PackagedFunction, dir: string): string {
  const path = join(dir, name, bundlePath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bundle);
  return path;
}

/** What each example leads to. Those with the same environment have one process, like a function that is warm. */
function outcomesOf(fn: PackagedFunction, path: string, examples: readonly BundleExample[]) {
  /** What is logged is that of one example only if that has a process of its own. */
  const keyOf = ({ env, log, title }: BundleExample) => JSON.stringify([env, log === undefined ? '' : title]);
  const started = new Map<string, ReturnType<typeof invoke>>();
  return async (example: BundleExample) => {
    const key = keyOf(example);
    const together = examples.filter((each) => keyOf(each) === key);
    const events = together.map(({ event }) => event);
    const running =
      started.get(key) ?? invoke(fn, path, { events, env: { ...fn.environment, ...example.env } });
    started.set(key, running);
    const { outcomes, logged } = await running;
    return { outcome: outcomes[together.indexOf(example)], logged };
  };
}

/** Invokes a bundle as in Lambda, with one event after the other. AWS cannot be reached. */
export async function invoke(
  { exportName }: PackagedFunction,
  path: string,
  { events, env }: { events: readonly unknown[]; env: Readonly<Record<string, string>> },
): Promise<{ readonly outcomes: readonly unknown[]; readonly logged: string }> {
  const script = join(import.meta.dirname, 'invoke-bundle.ts');
  const args = ['--disable-warning=ExperimentalWarning', script, path, exportName, JSON.stringify(events)];
  const aws = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  };
  const node = join(projectDir, 'node_modules/.bin/node');
  const { stdout, stderr } = await run(node, args, { env: { ...aws, ...env }, timeout: 60_000 });
  const printed: unknown = JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1));
  return { outcomes: Array.isArray(printed) ? printed : [], logged: stderr };
}
