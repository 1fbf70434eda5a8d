import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpSystem } from '../integration/http-system.ts';
import { projectDir } from '../project-copy.ts';
import { findNode20 } from './find-node-20.ts';
import { type FreshProject, makeFreshProject } from './fresh-project.ts';

const run = promisify(execFile);

const program = `import { createClient, InvalidRequestError, type Job, JobFailedError, verifyNotification } from '@serverless-job-worker/client';
import * as z from 'zod/mini';

const metric = z.object({ column: z.string(), op: z.enum(['sum', 'mean']) });
const groups = z.array(z.object({ key: z.string(), values: z.array(z.nullable(z.number())) }));
const contracts = {
  counting: { payload: z.object({ seconds: z.number() }), result: z.object({ seconds: z.number() }) },
  'csv-sums': {
    payload: z.object({ object: z.string(), groupBy: z.string(), metrics: z.array(metric) }),
    result: z.object({ rows: z.number(), groups }),
  },
};
const [, , url = '', key = ''] = process.argv;
const client = createClient({ url, key, contracts });
const signal = AbortSignal.timeout(90_000);

const job: Job<{ seconds: number }> = await client.submit('counting', { seconds: 1 }, { signal });
const statuses = new Set<string>();
for await (const { status } of client.watch(job, { signal })) statuses.add(status);
const { result } = await client.wait(job, { signal });
// @ts-expect-error there is no such field
console.log(result.minutes, result.seconds, statuses.has('succeeded'));

// @ts-expect-error seconds are a number
const refused: unknown = await client.submit('counting', { seconds: 'x' }).catch((error: unknown) => error);
console.log(refused instanceof InvalidRequestError && refused.errors[0]?.pointer);

const upload = async (body: string | AsyncIterable<Uint8Array>) => client.upload(body, { contentType: 'text/csv', signal });
async function* chunks() {
  for (let row = 0; row < 3000; row += 1) yield new TextEncoder().encode(row === 0 ? 'a,b\\n' : \`row number \${row},1\\n\`);
}
const metrics = [{ column: 'b', op: 'sum' as const }];
const large = await client.submit('csv-sums', { object: await upload(chunks()), groupBy: 'a', metrics });
console.log((await client.wait(large, { signal })).result.groups.length);

const failing = await client.submit('csv-sums', { object: await upload('a,b\\n'), groupBy: 'none', metrics });
const failed: unknown = await client.wait(failing, { signal }).catch((error: unknown) => error);
console.log(failed instanceof JobFailedError && failed.job.error?.name);
console.log(await verifyNotification({}, '{}', 'whsec_AAAA').catch((error: Error) => error.name));
`;
const printed = ['undefined 1 true', '/payload/seconds', '2999', 'ColumnError', 'NotificationError', ''];

const page = `import { createClient } from '@serverless-job-worker/client';

const client = createClient({ url: location.origin, token: async () => 'a token' });
const { pageUrl } = await client.submit('greet', { name: 'Ada' });
if (pageUrl !== undefined) location.href = pageUrl;
`;

const stack = `import { verifyNotification } from '@serverless-job-worker/client';

console.log(await verifyNotification({}, '{}', 'whsec_AAAA').catch((error) => error.stack));
`;

/** The strictest that a project may ask for. What it imports is checked, too. */
const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  target: 'es2022',
};
const onServer = (module: string, more: object = {}) => ({
  include: ['main.ts'],
  compilerOptions: {
    ...strict,
    module,
    types: ['node'],
    typeRoots: [join(projectDir, 'node_modules/@types')],
    ...more,
  },
});
const configs = {
  'nodenext.json': onServer('nodenext'),
  'node16.json': onServer('node16'),
  'bundler.json': onServer('esnext', { moduleResolution: 'bundler' }),
  'page.json': {
    include: ['page.ts'],
    compilerOptions: {
      ...strict,
      module: 'esnext',
      moduleResolution: 'bundler',
      types: [],
      lib: ['es2022', 'dom', 'dom.iterable'],
    },
  },
};

const node20 = findNode20();
const nodes = [
  ['the Node.js of this project', process.execPath, test],
  ['Node.js 20', node20 ?? '', node20 === undefined ? test.skip : test],
] as const;

const installedIn = ({ folder }: FreshProject) =>
  readdir(join(folder, 'node_modules/@serverless-job-worker'));

export const packageSuite = (system: () => HttpSystem): void =>
  describe('the package of the client, in a fresh project', () => {
    let project: FreshProject;
    /** What the compiler has to say, with each configuration. It also writes main.js. */
    const complaints = new Map<string, string>();
    beforeAll(async () => {
      project = await makeFreshProject('client');
      await project.write('main.ts', program);
      await project.write('page.ts', page);
      for (const [name, config] of Object.entries(configs)) {
        await project.write(name, JSON.stringify(config));
        complaints.set(name, await project.compile(name));
      }
    });
    afterAll(() => project?.remove());

    test('has the bundle with its source map and its types, and nothing else', async () => {
      const isPart = /^(package\.json|dist\/(entry\.js(\.map)?|[\w-]+\.d\.ts))$/;
      expect(project.files).toEqual(expect.arrayContaining(['dist/entry.js', 'dist/entry.js.map']));
      expect(project.files.filter((path) => !isPart.test(path))).toEqual([]);
      expect(await installedIn(project)).toEqual(['client']);
    });

    test('shows in a stack trace where its source is', async () => {
      await project.write('stack.js', stack);
      const { stdout } = await run(process.execPath, [
        '--enable-source-maps',
        join(project.folder, 'stack.js'),
      ]);
      expect(stdout).toMatch(/ at .*client\/src\/verify-notification\.ts:\d+:\d+/);
    });

    test.each(Object.keys(configs))('is typed, with %s', (name) => {
      expect(complaints.get(name)).toBe('');
    });

    for (const [name, node, testHere] of nodes)
      testHere(`runs on ${name}, and does jobs of a system`, async () => {
        const key = await system().keyOf('fresh project');
        const { stdout } = await run(node, [join(project.folder, 'main.js'), system().address, key]);
        expect(stdout.split('\n')).toEqual(printed);
      });
  });

export const commandPackageSuite = (system: () => HttpSystem): void =>
  describe('the package of the command line, in an empty folder', () => {
    let project: FreshProject;
    beforeAll(async () => {
      project = await makeFreshProject('client/jobctl');
    });
    afterAll(() => project?.remove());

    test('has all that it needs in one bundle, with its source map and the licenses of the libraries', async () => {
      const { files, folder } = project;
      const dist = ['dist/licenses.txt', 'dist/main.js', 'dist/main.js.map'];
      expect([...files].sort()).toEqual(['bin/jobctl.js', ...dist, 'package.json']);
      expect(await installedIn(project)).toEqual(['jobctl']);
      const installed = join(folder, 'node_modules/@serverless-job-worker/jobctl');
      expect(await readFile(join(installed, 'dist/licenses.txt'), 'utf8')).toMatch(
        /^commander [\d.]+ \(MIT\)\n\n\(The MIT License\)\n\nCopyright \(c\) 2011 TJ/m,
      );
    });

    for (const [name, node, testHere] of nodes)
      testHere(`runs on ${name}, says what needs a clone, and where an error comes from`, async () => {
        const env = {
          JOB_URL: system().address,
          JOB_KEY: await system().keyOf('command'),
          JOBCTL_DEBUG: '1',
        };
        const jobctl = (...args: string[]) =>
          run(node, [join(project.folder, 'node_modules/.bin/jobctl'), ...args], {
            env,
            cwd: project.folder,
          });
        expect((await jobctl('--version')).stdout).toBe('1.0.0\n');
        const submission = ['submit', 'counting', '--payload', '{"seconds": 1}', '--wait'];
        expect((await jobctl(...submission)).stdout).toBe('{"seconds":1}\n');
        await expect(jobctl('keys', 'list')).rejects.toMatchObject({
          code: 2,
          stderr: expect.stringMatching(
            /run jobctl in a clone(.|\n)* at .*jobctl\/src\/system\/run-script\.ts:\d+/,
          ),
        });
      });
  });
