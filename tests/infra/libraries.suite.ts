import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundle } from '../../infra/bundle.ts';
import { problemsOfBundles } from '../../infra/load-bundles.ts';
import { makeProjectCopy, root } from '../project-copy.ts';

const run = promisify(execFile);
const nowhere = "{ host: '127.0.0.1', port: 1 }";

/** What an adapter does with a library: a call of a service that is not there. And what the library says to that. */
const libraries: Readonly<Record<string, { readonly code: string; readonly error: string }>> = {
  pg: {
    code: `import pg from 'pg'; export const call = () => new pg.Client(${nowhere}).connect();`,
    error: 'ECONNREFUSED',
  },
  mysql2: {
    code: `import mysql from 'mysql2/promise'; export const call = () => mysql.createConnection(${nowhere});`,
    error: 'ECONNREFUSED',
  },
  stripe: {
    code: `import Stripe from 'stripe';
      const stripe = new Stripe('sk', { host: '127.0.0.1', port: 1, protocol: 'http', maxNetworkRetries: 0 });
      export const call = () => stripe.charges.list();`,
    error: 'ECONNREFUSED',
  },
  undici: {
    code: "import { request } from 'undici'; export const call = () => request('http://127.0.0.1:1');",
    error: 'ECONNREFUSED',
  },
  '@aws-sdk/client-s3': {
    code: `import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
      const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
      const s3 = new S3Client({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 });
      export const call = () => s3.send(new ListBucketsCommand({}));`,
    error: 'ECONNREFUSED',
  },
};

/** What an adapter does that cannot be loaded in a function, and what is said of it. */
const faults: Readonly<Record<string, { readonly code: string; readonly problem: RegExp }>> = {
  'a file that is not in the zip': {
    code: `import { readFileSync } from 'node:fs';
      export const call = readFileSync(new URL('./font.afm', import.meta.url));`,
    problem: /^jobs cannot be loaded: Error: ENOENT: .*font\.afm'\n {2}imported by /,
  },
  'what is never loaded': {
    code: 'setInterval(() => undefined, 1_000); export const call = await new Promise(() => undefined);',
    problem: /^jobs cannot be loaded: it is not loaded after 3000 ms$/,
  },
  'an end of the process': {
    code: 'process.exit(3); export const call = 1;',
    problem: /^jobs cannot be loaded: it ends while it is loaded, with 3$/,
  },
};

/** Bundles as they are deployed, alone in a folder, and with no package beside them. */
export function describeLibraries(): void {
  let copy: Awaited<ReturnType<typeof makeProjectCopy>>;
  beforeAll(async () => {
    copy = await makeProjectCopy();
  });
  const made: string[] = [];
  afterAll(async () => {
    await copy.remove();
    for (const folder of made) await rm(folder, { recursive: true });
  });

  /** @returns the path of the bundle of a handler, of which the adapter of a type has this code */
  async function bundleOf(type: string, code: string): Promise<string> {
    const folder = join(copy.dir, 'job-types', type);
    await mkdir(folder);
    await writeFile(join(folder, 'adapter.ts'), code);
    const handler = `job-types/${type}/jobs.ts`;
    await writeFile(join(copy.dir, handler), "export { call as handler } from './adapter.ts';");
    const outdir = await mkdtemp(join(tmpdir(), 'job-worker-libraries-'));
    made.push(outdir);
    await bundle(copy.dir, [handler], { outdir });
    return join(outdir, handler.replace('.ts', '.mjs'));
  }

  test.each(Object.entries(libraries))('%s works in a bundle', async (name, { code, error }) => {
    const path = await bundleOf(name.replaceAll(/\W/g, '-'), code);
    const called = `const { handler } = await import(${JSON.stringify(path)});
      await handler().catch((error) => console.log(error.code ?? error.detail?.code));`;
    const node = join(root, 'node_modules/.bin/node');
    const { stdout } = await run(node, ['--input-type=module', '--eval', called], { cwd: dirname(path) });
    expect(stdout.trim()).toBe(error);
  });

  async function problemOf(type: string, code: string): Promise<string> {
    const path = await bundleOf(type, code);
    const handler = `job-types/${type}/jobs.handler`;
    const files = new Map([[`job-types/${type}/jobs.mjs`, await readFile(path)]]);
    const fn = { name: 'jobs', handler, files, environment: {}, resources: {} };
    const [found = '', ...others] = await problemsOfBundles([fn], copy.dir, 3_000);
    expect(others).toEqual([]);
    return found;
  }

  test('packaging takes the folder of what types share for no type', async () => {
    const found = await problemOf('shared', 'export const call = undefined.call;');
    expect(found).toMatch(/job-types\/shared\/jobs\.ts > job-types\/shared\/adapter\.ts\.$/);
  });

  test.each(Object.entries(faults))('packaging finds %s', async (name, { code, problem }) => {
    const type = name.replaceAll(/\W/g, '-');
    const found = await problemOf(type, code);
    expect(found).toMatch(problem);
    if (found.includes('imported by'))
      expect(found).toContain(
        `job-types/${type}/jobs.ts > job-types/${type}/adapter.ts. The job type ${type} brings it.`,
      );
  });
}
