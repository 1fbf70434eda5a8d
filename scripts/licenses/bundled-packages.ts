import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { bundle, bundleSecondFile, settingsOfBundles } from '../../infra/packaging/bundle.ts';
import { forLambda, importedBy, installPackages } from '../../infra/packaging/external-packages.ts';
import { type ThirdParty, thirdPartiesOf } from '../../infra/packaging/licenses.ts';
import { serverBundleOptions } from '../../infra/packaging/server-bundle.ts';
import { bundleJobctl } from '../build-package.ts';

/**
 * Bundles all that this project delivers, as it is delivered: the functions, the worker server, and the command line.
 * With your job types, and with the samples, if they are there.
 * @returns the packages of others that are in it
 */
export async function bundledPackages(project: string): Promise<readonly ThirdParty[]> {
  const folder = await mkdtemp(join(tmpdir(), 'licenses-'));
  try {
    const outdir = join(folder, 'out');
    const functions = (await readdir(join(project, 'functions')))
      .map((name) => `functions/${name}/handler.ts`)
      .filter((path) => existsSync(join(project, path)));
    const catalogs = existsSync(join(project, 'examples')) ? [[], ['examples']] : [[]];
    const metafiles: Metafile[] = [];
    for (const catalog of catalogs) {
      const options: BuildOptions = { conditions: ['module', ...catalog], logLevel: 'silent' };
      metafiles.push(await bundle(project, functions, { ...options, outdir }));
      const ofServer = { ...serverBundleOptions(project), ...options, outdir, metafile: true } as const;
      metafiles.push((await build(ofServer)).metafile);
    }
    const names = importedBy(
      metafiles.flatMap(({ outputs }) => Object.values(outputs)),
      settingsOfBundles(project).exclude,
    );
    const into = join(folder, 'installed');
    const installed = names.length > 0 && [
      {
        folder: await installPackages({ project, names, into, options: forLambda }),
        bundle: 'packages beside a bundle',
      },
    ];
    metafiles.push(await bundleSecondFile(project, outdir), await bundleJobctl(outdir));
    return await thirdPartiesOf({ project, metafiles, installed: installed || [] });
  } finally {
    await rm(folder, { recursive: true });
  }
}
