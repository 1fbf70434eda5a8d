import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Plugin } from 'esbuild';
import { mapsIn } from '../../infra/deployed/kept-maps.ts';
import { bundle, bundleOptions } from '../../infra/packaging/bundle.ts';
import { problemsOfBundles } from '../../infra/packaging/load-bundles.ts';
import { stackMapper } from '../../shared/operations/find/map-stacks.ts';
import { elfFile } from '../elf-file.ts';
import { makeProjectCopy, projectDir } from '../project-copy.ts';

const run = promisify(execFile);
const sourceMaps: (project: string, folder: string) => Plugin = createRequire(import.meta.url)(
  '../../infra/packaging/source-maps.cjs',
);
/** What is said of a package that the type has to declare. */
const way = (problem: string, name: string): RegExp =>
  new RegExp(
    `^jobs ${problem}[^]*> ${name}\\. [^]*name it in job-types/[\\w-]+/external\\.json, as \\["${name}"\\]`,
  );

const nowhere = "{ host: '127.0.0.1', port: 1 }";

interface Adapter {
  readonly code: string;
  /** Beside it. */
  readonly files?: Readonly<Record<string, string>>;
  /** What its type has declared. */
  readonly external?: readonly string[];
}

/** What an adapter does with a library, and what that comes to. Of a call of a service that is not there, what the library says. */
const libraries: Readonly<Record<string, Adapter & { readonly outcome: string }>> = {
  pg: {
    code: `import pg from 'pg'; export const call = () => new pg.Client(${nowhere}).connect();`,
    outcome: 'ECONNREFUSED',
  },
  mysql2: {
    code: `import mysql from 'mysql2/promise'; export const call = () => mysql.createConnection(${nowhere});`,
    outcome: 'ECONNREFUSED',
  },
  stripe: {
    code: `import Stripe from 'stripe';
      const stripe = new Stripe('sk', { host: '127.0.0.1', port: 1, protocol: 'http', maxNetworkRetries: 0 });
      export const call = () => stripe.charges.list();`,
    outcome: 'ECONNREFUSED',
  },
  undici: {
    code: "import { request } from 'undici'; export const call = () => request('http://127.0.0.1:1');",
    outcome: 'ECONNREFUSED',
  },
  '@aws-sdk/client-s3': {
    code: `import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
      const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
      const s3 = new S3Client({ region: 'eu-central-1', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 });
      export const call = () => s3.send(new ListBucketsCommand({}));`,
    outcome: 'ECONNREFUSED',
  },
  sharp: {
    code: `import sharp from 'sharp';
      const image = { width: 40, height: 30, channels: 3, background: 'red' };
      const sizeOf = ({ format, width, height }) => [format, width, height].join(' ');
      export const call = async () =>
        sizeOf(await sharp(await sharp({ create: image }).webp().toBuffer()).metadata());`,
    outcome: 'webp 40 30',
    external: ['sharp'],
  },
  pdfkit: {
    code: `import PDFDocument from 'pdfkit';
      export const call = () => new Promise((resolve) => {
        const document = new PDFDocument();
        document.once('data', (chunk) => resolve(String(chunk).slice(0, 4)));
        document.font('Courier').text('with a font of its own').end();
      });`,
    outcome: '%PDF',
    external: ['pdfkit'],
  },
};

/** What an adapter does that cannot be loaded in a function, and what is said of it. */
const faults: Readonly<Record<string, Adapter & { readonly problem: RegExp }>> = {
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
  'a package with native code that was not declared': {
    code: "export { default as call } from 'sharp';",
    problem: way('cannot be loaded: Error: Could not load the "sharp" module', 'sharp'),
  },
  'native code that was to be bundled': {
    code: "export { default as call } from 'fast-sum';",
    files: {
      'node_modules/fast-sum/index.js': "module.exports = require('./build/sum.node');",
      'node_modules/fast-sum/build/sum.node': '\x7fELF',
    },
    problem: way('cannot be loaded: Error: fast-sum is native code', 'fast-sum'),
  },
  'a fault beside a package that was declared': {
    code: "import 'sharp'; export { default as call } from 'slow-sum';",
    files: { 'node_modules/slow-sum/index.js': "throw new Error('too slow');" },
    external: ['sharp'],
    problem: way('cannot be loaded: Error: too slow', 'slow-sum'),
  },
  'a package that reads its files when it is called': {
    code: "export { default as call } from 'pdfkit';",
    problem: way('asks for files beside its code, and its zip has none: new URL\\(', 'pdfkit'),
  },
  'code that reads its own files when it is called': {
    code: `import { readFileSync } from 'node:fs';
      export const call = () => readFileSync(new URL('./font.afm', import.meta.url));`,
    problem:
      /^jobs asks for files beside its code, .*font\.afm", import\.meta\.url\)\n {2}imported by .* brings it\.$/,
  },
};

/** Bundles as they are deployed, alone in a folder, and with no package beside them that was not declared. */
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

  /** @returns the path of the bundle of a handler, whose type has this adapter */
  async function bundleOf(
    type: string,
    { code, files = {}, external }: Adapter,
    more: Partial<ReturnType<typeof bundleOptions>> = {},
  ): Promise<string> {
    const handler = `job-types/${type}/jobs.ts`;
    const written = {
      ...files,
      'adapter.ts': code,
      'jobs.ts': "export { call as handler } from './adapter.ts';",
      'external.json': JSON.stringify(external ?? []),
    };
    for (const [name, content] of Object.entries(written)) {
      const path = join(copy.dir, 'job-types', type, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    const outdir = await mkdtemp(join(tmpdir(), 'job-worker-libraries-'));
    made.push(outdir);
    await bundle(copy.dir, [handler], { outdir, ...more });
    return join(outdir, handler.replace('.ts', '.mjs'));
  }

  /** What packaging says of that bundle. A test begins with no list. */
  async function problemsOf(type: string, path: string, { external }: Adapter) {
    const handler = `job-types/${type}/jobs.handler`;
    const files = new Map<string, Buffer>([[`job-types/${type}/jobs.mjs`, await readFile(path)]]);
    for (const name of external ?? []) files.set(`node_modules/${name}/any.node`, elfFile('arm64'));
    const fn = { name: 'jobs', handler, files, environment: {}, resources: {} };
    const problems = await problemsOfBundles([fn], copy.dir, { limitMs: 3_000 });
    await rm(join(copy.dir, 'job-types', type, 'external.json'));
    return problems;
  }

  test.each(Object.entries(libraries))('%s works in a function', async (name, { outcome, ...adapter }) => {
    const type = name.replaceAll(/\W/g, '-');
    const path = await bundleOf(type, adapter);
    if (adapter.external) {
      const packages = join(dirname(path), 'node_modules');
      await mkdir(packages);
      await symlink(join(projectDir, 'node_modules', name), join(packages, name));
    }
    const called = `const { handler } = await import(${JSON.stringify(path)});
      console.log(await handler().catch((error) => error.code ?? error.detail?.code));`;
    const node = join(projectDir, 'node_modules/.bin/node');
    const { stdout } = await run(node, ['--input-type=module', '--eval', called], { cwd: dirname(path) });
    expect([stdout.trim(), await problemsOf(type, path, adapter)]).toEqual([outcome, []]);
  });

  test.each([
    ['needs `require`', "import pg from 'pg';\nconst name = pg.Client.name;"],
    ['needs nothing', "const name = 'Client';"],
  ])('a stack in a bundle that %s leads to the line that threw', async (_, imported) => {
    const maps = join(copy.dir, 'maps');
    const { plugins = [] } = bundleOptions(copy.dir, []);
    const code = `${imported}\n\nexport const call = async () => {\n  throw new Error(name);\n};`;
    const path = await bundleOf('throws', { code }, { plugins: [...plugins, sourceMaps(copy.dir, maps)] });
    const called = `const { handler } = await import(${JSON.stringify(path)});
      console.log(await handler().catch(({ stack }) => stack));`;
    const node = join(projectDir, 'node_modules/.bin/node');
    const { stdout } = await run(node, ['--input-type=module', '--eval', called], { cwd: dirname(path) });
    expect(stdout).toMatch(/at \S+ \(jobs\.[0-9a-f]{16}\.mjs:\d+:\d+\)/);
    const line = { level: 'warn' as const, time: 0, attempt: 1, message: stdout };
    const [mapped] = await stackMapper(mapsIn(maps))([line]);
    const at = code.split('\n').findIndex((text) => text.includes('throw')) + 1;
    expect(mapped?.message).toContain(`(job-types/throws/adapter.ts:${at}:9)`);
  });

  async function problemOf(type: string, adapter: Adapter): Promise<string> {
    const [found = '', ...others] = await problemsOf(type, await bundleOf(type, adapter), adapter);
    expect(others).toEqual([]);
    return found;
  }

  test('packaging takes the folder of what types share for no type', async () => {
    const found = await problemOf('shared', { code: 'export const call = undefined.call;' });
    expect(found).toMatch(/job-types\/shared\/jobs\.ts > job-types\/shared\/adapter\.ts\.$/);
  });

  test.each(Object.entries(faults))('packaging finds %s', async (name, { problem, ...adapter }) => {
    const type = name.replaceAll(/\W/g, '-');
    const found = await problemOf(type, adapter);
    expect(found).toMatch(problem);
    if (found.includes('imported by'))
      expect(found.replace(/ > [\w-]+\. The/, '. The')).toContain(
        `job-types/${type}/jobs.ts > job-types/${type}/adapter.ts. The job type ${type} brings it.`,
      );
  });
}
