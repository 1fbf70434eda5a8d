import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';

/** `npm run build -w client` and `-w client/jobctl` make what these packages have: one module that can be read, and its source map. */

const root = fileURLToPath(new URL('..', import.meta.url));
const readable = { absWorkingDir: root, bundle: true, format: 'esm', sourcemap: true } as const;

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

/** Bundles the command line with the client and the libraries, and collects the licenses of the libraries. */
export async function buildJobctl(outdir: string): Promise<void> {
  const { metafile } = await build({ ...jobctlBundle, outdir, metafile: true });
  await writeFile(join(resolve(root, outdir), 'licenses.txt'), await licensesOf(metafile));
}

/** @throws Error if a package that was bundled has no license */
async function licensesOf({ inputs }: Metafile): Promise<string> {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const texts = [...packages].sort().map(async (folder) => {
    const file = (await readdir(join(root, folder))).find((name) => /^licen[cs]e/i.test(name));
    if (file === undefined) throw new Error(`${folder} has no license.`);
    return `${folder.replace(/^.*node_modules\//, '')}\n\n${await readFile(join(root, folder, file), 'utf8')}`;
  });
  return (await Promise.all(texts)).join('\n\n');
}

if (import.meta.main) {
  if (process.argv[2] === 'jobctl') await buildJobctl('client/jobctl/dist');
  else await build(clientBundle);
}
