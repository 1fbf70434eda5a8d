import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';

export type { Metafile };

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
  const configOf: (serverless: object) => BuildOptions & {
    readonly exclude: string[];
    readonly outputFileExtension: string;
  } = createRequire(import.meta.url)(join(project, 'infra/esbuild.config.cjs'));
  const {
    exclude,
    outputFileExtension,
    watch: _watch,
    outputWorkFolder: _folder,
    ...options
  } = { watch: {}, outputWorkFolder: '', ...configOf({ processedInput: { commands: ['package'] } }) };
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
