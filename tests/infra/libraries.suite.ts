import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeProjectCopy, root } from '../project-copy.ts';
import { bundle } from '../system/kept-service.ts';

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

  test.each(Object.entries(libraries))('%s works in a bundle', async (name, { code, error }) => {
    const adapter = `job-types/${name.replaceAll(/\W/g, '-')}/adapter.ts`;
    await mkdir(dirname(join(copy.dir, adapter)));
    await writeFile(join(copy.dir, adapter), code);
    const outdir = await mkdtemp(join(tmpdir(), 'job-worker-libraries-'));
    made.push(outdir);
    await bundle(copy.dir, [adapter], outdir);
    const path = join(outdir, adapter.replace('.ts', '.mjs'));
    const called = `const { call } = await import(${JSON.stringify(path)}); await call().catch((error) => console.log(error.code ?? error.detail?.code));`;
    const node = join(root, 'node_modules/.bin/node');
    const { stdout } = await run(node, ['--input-type=module', '--eval', called], { cwd: outdir });
    expect(stdout.trim()).toBe(error);
  });
}
