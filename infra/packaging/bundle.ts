import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BuildOptions, Metafile } from 'esbuild';

export type { Metafile };

/** The source of a function, by its handler in serverless.yml: `functions/submit/handler.handler`. */
export const sourceOf = (handler: string): string => handler.replace(/\.\w+$/, '.ts');
/** Its bundle, in the folder of bundles. */
export const bundleOf = (handler: string): string => handler.replace(/\.\w+$/, '.mjs');

interface Settings extends BuildOptions {
  readonly exclude: string[];
  readonly outputFileExtension: string;
  readonly watch: unknown;
  readonly skipRebuild: boolean;
}

/** How the functions of a project are bundled when they are deployed, in serverless-esbuild's words. */
export function settingsOfBundles(project: string): Settings {
  const settings: () => Settings = createRequire(import.meta.url)(
    join(project, 'infra/packaging/esbuild.config.cjs'),
  );
  return settings();
}

/**
 * The same in esbuild's words.
 * @param project its folder
 * @param entryPoints paths in the project
 */
export function bundleOptions(project: string, entryPoints: readonly string[]): BuildOptions {
  const {
    exclude,
    outputFileExtension,
    watch: _watch,
    skipRebuild: _once,
    plugins = [],
    ...options
  } = settingsOfBundles(project);
  return {
    ...options,
    // Maps belong to what is deployed.
    plugins: plugins.filter(({ name }) => name !== 'source-maps'),
    absWorkingDir: project,
    entryPoints: [...entryPoints],
    outbase: project,
    outExtension: { '.js': outputFileExtension },
    platform: 'node',
    external: exclude,
  };
}

/**
 * Bundles files of a project as they are deployed, without osls.
 * @param more `outdir`, in which each bundle is at the path of its file; and what is to be different
 */
export async function bundle(
  project: string,
  entryPoints: readonly string[],
  more: BuildOptions & { readonly outdir: string },
): Promise<Metafile> {
  // Imported only here: to load esbuild starts a process.
  const { build } = await import('esbuild');
  const { metafile } = await build({ ...bundleOptions(project, entryPoints), ...more, metafile: true });
  return metafile;
}

/**
 * The file beside a function's bundle, which the bundle loads if the stage sends spans, and the name that the bundle
 * imports it by.
 */
const secondFile: { readonly source: string; readonly name: string } = createRequire(import.meta.url)(
  './second-file.cjs',
);

/** Writes that file. @param folder in which the path of a bundle begins, as at the root of a zip */
export async function bundleSecondFile(project: string, folder: string): Promise<Metafile> {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    ...bundleOptions(project, []),
    entryPoints: { [secondFile.name.replace(/\.mjs$/, '')]: secondFile.source },
    outdir: folder,
    metafile: true,
  });
  return metafile;
}
