import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../project-copy.ts';

/** The client as `npm run build -w client` bundles it. */
export async function bundleClient(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'client/src/entry.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
}
