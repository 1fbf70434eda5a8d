import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundleOptions, bundleSecondFile } from '../infra/bundle.ts';
import { importedBy, installPackages } from '../infra/external-packages.ts';
import { bundleConditions } from '../infra/job-type-catalog.ts';

/**
 * `npm run build:server` bundles what the image of worker servers runs, to dist/server/: the server, and the process that
 * runs one job. With the settings of the functions' bundles, so that the same code is built in the same way. Packages that job
 * types have declared as external are installed to dist/node_modules/, for this machine. `--examples=true`: with the samples,
 * for a stage that has them.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { examples: { type: 'string', default: 'false' } } });
const { alias, ...options } = bundleOptions(root, ['server/main.ts', 'server/job-process.ts']);
// A function has its credentials in its environment. A container and an instance ask for theirs, and a laptop has profiles.
const { '@aws-sdk/credential-provider-node': _asked, ...aliasOfServers } = alias ?? {};
const { metafile } = await build({
  ...options,
  conditions: bundleConditions(root, values),
  alias: aliasOfServers,
  metafile: true,
  outdir: 'dist',
  logLevel: 'info',
});

await bundleSecondFile(root, join(root, 'dist'));

const [installed, work] = [join(root, 'dist/node_modules'), join(root, 'dist/external')];
await rm(installed, { recursive: true, force: true });
const names = importedBy(Object.values(metafile.outputs), options.external ?? []);
if (names.length > 0) {
  await rename(await installPackages({ project: root, names, into: work }), installed);
  await rm(work, { recursive: true });
}
