import { rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import * as z from 'zod/mini';
import { importedBy, installPackages } from '../infra/external-packages.ts';

/**
 * `npm run build:server` bundles what the image of worker servers runs, to dist/server/: the server, and the process that
 * runs one job. With the settings of the functions' bundles, so that the same code is built in the same way. Packages that job
 * types have declared as external are installed to dist/node_modules/, for this machine.
 */
const settingsOfFunctions = z.object({
  minify: z.boolean(),
  sourcemap: z.boolean(),
  format: z.literal('esm'),
  target: z.string(),
  outputFileExtension: z.string(),
  mainFields: z.array(z.string()),
  exclude: z.array(z.string()),
  alias: z.record(z.string(), z.string()),
  plugins: z.array(z.custom<Plugin>()),
});

const root = fileURLToPath(new URL('..', import.meta.url));
const given: unknown = createRequire(import.meta.url)('../infra/esbuild.config.cjs')();
const { alias, outputFileExtension, exclude, ...settings } = settingsOfFunctions.parse(given);
// A function has its credentials in its environment. A container and an instance ask for theirs, and a laptop has profiles.
const { '@aws-sdk/credential-provider-node': _asked, ...aliasOfServers } = alias;

const { metafile } = await build({
  ...settings,
  absWorkingDir: root,
  entryPoints: ['server/main.ts', 'server/job-process.ts'],
  bundle: true,
  platform: 'node',
  alias: aliasOfServers,
  external: exclude,
  metafile: true,
  outdir: 'dist/server',
  outExtension: { '.js': outputFileExtension },
  logLevel: 'info',
});

const [installed, work] = [join(root, 'dist/node_modules'), join(root, 'dist/external')];
await rm(installed, { recursive: true, force: true });
const names = importedBy(Object.values(metafile.outputs), exclude);
if (names.length > 0) {
  await rename(await installPackages({ project: root, names, into: work }), installed);
  await rm(work, { recursive: true });
}
