import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';

export type { Metafile };

type Settings = BuildOptions & { readonly exclude: string[]; readonly outputFileExtension: string };

/** How the functions of a project are bundled when they are deployed. */
export function settingsOfBundles(project: string): Settings {
  const configOf: (serverless: object) => Settings = createRequire(import.meta.url)(
    join(project, 'infra/esbuild.config.cjs'),
  );
  return configOf({ processedInput: { commands: ['package'] } });
}

/**
 * Bundles files of a project as they are deployed, without osls.
 * @param project its folder
 * @param entryPoints paths in the project
 * @param more `outdir`, in which each bundle is at the path of its file; and what is to be different
 */
export async function bundle(
  project: string,
  entryPoints: readonly string[],
  more: BuildOptions & { readonly outdir: string },
): Promise<Metafile> {
  const {
    exclude,
    outputFileExtension,
    watch: _watch,
    outputWorkFolder: _folder,
    skipRebuild: _once,
    ...options
  } = { watch: {}, outputWorkFolder: '', skipRebuild: true, ...settingsOfBundles(project) };
  // Imported only here: to load esbuild starts a process.
  const { build } = await import('esbuild');
  const { metafile } = await build({
    ...options,
    absWorkingDir: project,
    entryPoints: [...entryPoints],
    outbase: project,
    outExtension: { '.js': outputFileExtension },
    platform: 'node',
    external: exclude,
    ...more,
    metafile: true,
  });
  return metafile;
}
