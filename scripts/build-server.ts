import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { bundleSecondFile } from '../infra/packaging/bundle.ts';
import { importedBy, installPackages } from '../infra/packaging/external-packages.ts';
import { bundleConditions } from '../infra/packaging/job-type-catalog.ts';
import { noticesOf, thirdPartiesOf } from '../infra/packaging/licenses.ts';
import { serverBundleOptions } from '../infra/packaging/server-bundle.ts';

/**
 * `npm run build:server` bundles what the image of worker servers runs, to dist/server/: the server, and the process
 * that runs one job. With the settings of the functions' bundles, so that the same code is built in the same way.
 * Packages that job types have declared as external are installed to dist/node_modules/, for this machine.
 * dist/licenses.txt has the licenses of all packages whose code is in there. `--examples=true`: with the samples, for a
 * stage that has them.
 */
const projectDir = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { examples: { type: 'string', default: 'false' } } });
const options = serverBundleOptions(projectDir);
const { metafile } = await build({
  ...options,
  conditions: bundleConditions(projectDir, values),
  metafile: true,
  outdir: 'dist',
  logLevel: 'info',
});

const second = await bundleSecondFile(projectDir, join(projectDir, 'dist'));

const [installed, work] = [join(projectDir, 'dist/node_modules'), join(projectDir, 'dist/external')];
await rm(installed, { recursive: true, force: true });
const names = importedBy(Object.values(metafile.outputs), options.external ?? []);
if (names.length > 0) {
  await rename(await installPackages({ project: projectDir, names, into: work }), installed);
  await rm(work, { recursive: true });
}

const parties = await thirdPartiesOf({
  project: projectDir,
  metafiles: [metafile, second],
  installed: names.length > 0 ? [{ folder: installed, bundle: 'dist/node_modules' }] : [],
});
await writeFile(join(projectDir, 'dist/licenses.txt'), noticesOf(parties));
