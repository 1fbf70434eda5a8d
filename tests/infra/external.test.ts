import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { addExternalPackages } from '../../infra/packaging/external-packages.ts';
import { hasNativeCode, problemsOfZip } from '../../infra/packaging/problems-of-zip.ts';
import { readZip } from '../../infra/packaging/read-zip.ts';
import { elfFile } from '../elf-file.ts';
import { projectDir, sls, withProjectCopy } from '../project-copy.ts';
import { engineCatalogs } from './engine-bundles.suite.ts';

const run = promisify(execFile);

type Files = Readonly<Record<string, string | Buffer>>;
const write = async (folder: string, files: Files): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
};

/** Packages that are not in the registry: `charts` has files of its own, and native code for each platform. */
const platforms = ['arm64', 'x64'].map((cpu) => ({ name: `charts-linux-${cpu}`, os: ['linux'], cpu: [cpu] }));
const packages: Readonly<Record<string, { readonly manifest: object; readonly files: Files }>> = {
  charts: {
    manifest: { optionalDependencies: Object.fromEntries(platforms.map(({ name }) => [name, '1.0.0'])) },
    files: {
      'index.js': `exports.font = require('fs').readFileSync(__dirname + '/font.txt', 'utf8');`,
      'font.txt': 'a font',
      'prebuilds/linux-arm64/charts.node': elfFile('arm64'),
      'prebuilds/darwin-arm64/charts.node': 'for another machine',
    },
  },
  ...Object.fromEntries(
    platforms.map(({ name, ...manifest }) => [
      name,
      { manifest, files: { 'charts.node': elfFile(name.endsWith('arm64') ? 'arm64' : 'x64') } },
    ]),
  ),
};

/** Makes the archives of these packages, a project's manifest and lock file that name them, and installs them for this machine. */
async function addPackages(dir: string): Promise<void> {
  const manifest = z.looseObject({}).parse(JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')));
  const locked = await Promise.all(
    Object.entries(packages).map(async ([name, { manifest, files }]) => {
      const [folder, archive] = [join(dir, 'home', name), join(dir, 'home', `${name}.tgz`)];
      const own = { name, version: '1.0.0', ...manifest };
      await write(join(folder, 'package'), { 'package.json': JSON.stringify(own), ...files });
      await run('tar', ['czf', archive, 'package'], { cwd: folder });
      const optional = name === 'charts' ? {} : { optional: true };
      return [
        `node_modules/${name}`,
        { version: '1.0.0', resolved: `file:${archive}`, ...manifest, ...optional },
      ];
    }),
  );
  const dependencies = { charts: `file:${join(dir, 'home/charts.tgz')}` };
  await write(dir, {
    'package.json': JSON.stringify({ ...manifest, dependencies }),
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages: Object.fromEntries(locked) }),
  });
  const here = join(dir, 'node_modules');
  await rm(here);
  await mkdir(here);
  for (const name of await readdir(join(projectDir, 'node_modules')))
    await symlink(join(projectDir, 'node_modules', name), join(here, name));
  await cp(join(dir, 'home/charts/package'), join(here, 'charts'), { recursive: true });
}

/** Leaves a project one type of the standard queue, so that none of the user's declares a package. */
async function leaveOneType(dir: string): Promise<void> {
  for (const name of ['contract.ts', 'handler.ts']) {
    const source = await readFile(join(projectDir, 'tests/job-types/csv-sums', name), 'utf8');
    await write(dir, {
      [`job-types/csv-sums/${name}`]: source.replaceAll('../../../shared', '../../shared'),
    });
  }
  const catalogs = {
    ...engineCatalogs,
    contracts: `import { bulkAction } from './bulk-action/contract.ts';
      import { csvSums } from './csv-sums/contract.ts';
      export const contracts = { 'bulk-action': bulkAction, 'csv-sums': csvSums };`,
    'handlers/standard': `import { csvSums } from '../csv-sums/handler.ts';
      export const standardHandlers = { 'csv-sums': csvSums };`,
  };
  for (const [name, text] of Object.entries(catalogs))
    await write(join(dir, 'job-types'), { [`${name}.ts`]: text });
  await rm(join(dir, 'job-types/send-email/contract.ts'));
}

/** A type of the standard queue declares and imports these. */
async function declare(names: readonly string[], dir: string): Promise<void> {
  const type = join(dir, 'job-types/csv-sums');
  const handler = await readFile(join(type, 'handler.ts'), 'utf8');
  await write(type, {
    'handler.ts': `import './adapter.ts';\n${handler}`,
    'adapter.ts': names.map((name) => `import '${name}';`).join('\n'),
    'external.json': JSON.stringify(names),
  });
}

/** The project's own job types, and not those of tests. */
const ofProject = { NODE_OPTIONS: '' };

/** Packages a stage. @returns what is in each zip */
async function packageStage(dir: string) {
  await sls(dir, ['package', '--package', 'out', '--stage', 'dev'], ofProject);
  const zips = (await readdir(join(dir, 'out'))).filter((name) => name.endsWith('.zip'));
  const read = zips.map(async (name) => [name, readZip(await readFile(join(dir, 'out', name)))] as const);
  return new Map(await Promise.all(read));
}

describe('what a type has declared as external', () => {
  test('is packaged for Lambda, with the functions that import it', () =>
    withProjectCopy(async (dir) => {
      await addPackages(dir);
      await leaveOneType(dir);
      await declare(['charts'], dir);
      await write(dir, { '.esbuild/.build/__only_submit/left.js': 'by a packaging that was killed' });
      const zips = await packageStage(dir);
      const workers = ['longWorker.zip', 'worker.zip'];
      expect(
        [...zips]
          // Beside its bundle, most have the file that sends spans.
          .filter(([, files]) => [...files.keys()].filter((path) => path !== 'otlp-tracer.mjs').length > 1)
          .map(([name]) => name)
          .sort(),
      ).toEqual(workers);
      for (const name of workers) {
        const installed = [...(zips.get(name) ?? [])].filter(([path]) => path.startsWith('node_modules/'));
        expect(installed.map(([path]) => path.slice('node_modules/'.length)).sort()).toEqual([
          'charts-linux-arm64/charts.node',
          'charts-linux-arm64/package.json',
          'charts/font.txt',
          'charts/index.js',
          'charts/package.json',
          'charts/prebuilds/linux-arm64/charts.node',
        ]);
      }
    }));

  test('is installed beside the worker server, for the machine that builds it', () =>
    withProjectCopy(
      async (dir) => {
        await addPackages(dir);
        await leaveOneType(dir);
        await declare(['charts'], dir);
        await run(join(projectDir, 'node_modules/.bin/node'), ['scripts/build-server.ts'], {
          cwd: dir,
          env: { ...process.env, ...ofProject },
        });
        const own = platforms.filter(({ os, cpu }) => os.includes(platform()) && cpu.includes(arch()));
        const names = ['charts', ...own.map(({ name }) => name)];
        expect((await readdir(join(dir, 'dist/node_modules'))).sort()).toEqual(names);
        const files = ['licenses.txt', 'node_modules', 'otlp-tracer.mjs', 'server'];
        expect(await readdir(join(dir, 'dist'))).toEqual(files);
        const licenses = await readFile(join(dir, 'dist/licenses.txt'), 'utf8');
        for (const name of names) expect(licenses).toMatch(new RegExp(`^${name} [\\d.]+ \\(`, 'm'));
      },
      ['scripts', 'server'],
    ));

  // `npm run test:long` has it: what `npm test` needs is on this machine.
  (process.env.REGISTRY === 'yes' ? test : test.skip)('is packaged so from the registry', () =>
    withProjectCopy(async (dir) => {
      const versioned = z.object({ version: z.optional(z.string()) });
      const locked = z
        .object({ packages: z.record(z.string(), versioned) })
        .parse(JSON.parse(await readFile(join(projectDir, 'package-lock.json'), 'utf8')));
      await cp(join(projectDir, 'package-lock.json'), join(dir, 'package-lock.json'));
      await leaveOneType(dir);
      await declare(['pdfkit', 'sharp'], dir);
      const worker = { name: 'worker', handler: 'functions/worker/handler.handler' };
      await addExternalPackages([worker], dir, ['module']);
      const packed = join(dir, '.esbuild/.build/__only_worker');
      const names = await readdir(packed, { recursive: true, withFileTypes: true });
      const paths = names.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name));
      const read = paths.map(async (path) => [relative(packed, path), await readFile(path)] as const);
      const files = new Map(await Promise.all(read));
      expect([problemsOfZip('worker', files), hasNativeCode(files)]).toEqual([[], true]);
      for (const name of ['pdfkit', 'sharp', '@img/sharp-linux-arm64', '@img/sharp-libvips-linux-arm64']) {
        const path = join('node_modules', name);
        const { version } = versioned.parse(JSON.parse(String(files.get(join(path, 'package.json')))));
        expect([name, version]).toEqual([name, locked.packages[path]?.version]);
      }
    }),
  );
});
