import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { noticesOf, thirdPartiesOf } from '../infra/packaging/licenses.ts';

/**
 * `npm run build -w client` and `-w client/jobctl` make what these packages have: one module that can be read, and its
 * source map.
 */

const projectDir = fileURLToPath(new URL('..', import.meta.url));
const readable = { absWorkingDir: projectDir, bundle: true, format: 'esm', sourcemap: true } as const;

export const clientBundle = {
  ...readable,
  entryPoints: ['client/src/entry.ts'],
  platform: 'neutral',
  target: 'es2022',
  outdir: 'client/dist',
} as const satisfies BuildOptions;

const jobctlBundle = {
  ...readable,
  entryPoints: ['client/jobctl/src/main.ts'],
  platform: 'node',
  target: 'node20',
  // The libraries are in CommonJS.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;

/** Bundles the command line with the client and the libraries. */
export async function bundleJobctl(outdir: string): Promise<Metafile> {
  const { metafile } = await build({ ...jobctlBundle, outdir, metafile: true });
  return metafile;
}

/** The same, with the licenses of the libraries beside it. */
export async function buildJobctl(outdir: string): Promise<void> {
  const parties = await thirdPartiesOf({ project: projectDir, metafiles: [await bundleJobctl(outdir)] });
  await writeFile(join(resolve(projectDir, outdir), 'licenses.txt'), noticesOf(parties));
}

if (import.meta.main) {
  if (process.argv[2] === 'jobctl') await buildJobctl('client/jobctl/dist');
  else await build(clientBundle);
}
