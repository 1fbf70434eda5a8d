import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { projectDir } from '../../project-copy.ts';

const leanClients: (project: string) => Plugin = createRequire(import.meta.url)(
  '../../../infra/packaging/lean-clients.cjs',
);

const domainOutside: Plugin = {
  name: 'domain-outside',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/domain\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      external: true,
    })),
};

/**
 * Bundles a file of the engine as functions have it: with what takes the place of packages (docs/adr/0123-lean-clients.md). What it throws is
 * of the classes of this process.
 * @returns the path of the bundle
 */
export async function leanBundle(source: string, folder: string): Promise<string> {
  const outfile = join(folder, basename(source).replace(/\.ts$/, '.mjs'));
  await build({
    entryPoints: [join(projectDir, source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    plugins: [domainOutside, leanClients(projectDir)],
  });
  return outfile;
}
