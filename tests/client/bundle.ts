import { type BuildOptions, build } from 'esbuild';
import { clientBundle } from '../../scripts/build-package.ts';

/** The client as its package has it. */
export async function bundleClient(more: BuildOptions = {}): Promise<string> {
  const { outputFiles = [] } = await build({ ...clientBundle, sourcemap: false, ...more, write: false });
  return outputFiles[0]?.text ?? '';
}
