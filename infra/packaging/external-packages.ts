import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { bundle, bundleSecondFile, type Metafile, settingsOfBundles, sourceOf } from './bundle.ts';
import { bundleConditions } from './job-type-catalog.ts';

const run = promisify(execFile);

/** What Lambda has. Nothing is compiled, nor run: this machine is another one. */
export const forLambda = ['--os=linux', '--cpu=arm64', '--libc=glibc', '--ignore-scripts'];

/**
 * Where serverless-esbuild collects what a function has beside its bundle. It takes a function's own files from such a
 * folder.
 */
const workFolder = '.esbuild/.build';
const folderOf = (functionName: string) => `__only_${functionName}`;

interface Bundled {
  readonly name: string;
  /** `functions/worker/handler.handler` */
  readonly handler: string;
}

/**
 * Puts the packages that job types have declared as external where they become part of the zips, for Lambda: of the
 * functions whose bundles import them, and of no others. Before serverless-esbuild bundles.
 * @param project the folder of serverless.yml
 * @param conditions those that the functions are bundled with
 */
export async function addExternalPackages(
  functions: readonly Bundled[],
  project: string,
  conditions = bundleConditions(project),
): Promise<void> {
  // What a packaging that has failed has left here would be packaged.
  await rm(join(project, workFolder), { recursive: true, force: true });
  const declared = settingsOfBundles(project).exclude;
  if (declared.length === 0) return;
  const folder = await mkdtemp(join(tmpdir(), 'external-'));
  try {
    const entries = [...new Set(functions.map(({ handler }) => sourceOf(handler)))];
    const { outputs } = await bundle(project, entries, {
      outdir: join(folder, 'bundles'),
      conditions,
      logLevel: 'silent', // an error is said once, and serverless-esbuild says the warnings
    });
    const installed = new Map<string, Promise<string>>();
    for (const each of functions) {
      const output = Object.values(outputs).find(({ entryPoint }) => entryPoint === sourceOf(each.handler));
      const names = importedBy(output ? [output] : [], declared);
      if (names.length === 0) continue;
      const into = join(folder, names.join('+').replaceAll('/', '-'));
      const installing = installed.get(into) ?? installPackages({ project, names, into, options: forLambda });
      installed.set(into, installing);
      const target = join(project, workFolder, folderOf(each.name), 'node_modules');
      await cp(await installing, target, { recursive: true, filter: isForLambda });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Puts a file into the zip of a function. After `addExternalPackages`, which empties the folders. */
export async function addFile(
  functionName: string,
  { file, text }: { readonly file: string; readonly text: string },
  project: string,
): Promise<void> {
  const folder = join(project, workFolder, folderOf(functionName));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), text);
}

/**
 * Puts the code that sends spans beside the bundles of these functions. After `addExternalPackages`, which empties the
 * folders.
 */
export async function addSecondFile(functionNames: readonly string[], project: string): Promise<void> {
  const made = await mkdtemp(join(tmpdir(), 'second-file-'));
  try {
    await bundleSecondFile(project, made);
    for (const name of functionNames)
      await cp(made, join(project, workFolder, folderOf(name)), { recursive: true });
  } finally {
    await rm(made, { recursive: true });
  }
}

/** Some packages have native code for all machines, each in a folder. */
const isForLambda = (path: string) =>
  basename(dirname(path)) !== 'prebuilds' || basename(path) === 'linux-arm64';

/** @returns those of the packages that bundles import, sorted */
export function importedBy(
  outputs: readonly Metafile['outputs'][string][],
  names: readonly string[],
): readonly string[] {
  const paths = outputs.flatMap(({ imports }) => imports.map(({ path }) => path));
  return names.filter((name) => paths.some((path) => path === name || path.startsWith(`${name}/`)));
}

const record = z.optional(z.record(z.string(), z.unknown()));
const manifest = z.object({
  dependencies: record,
  devDependencies: record,
  overrides: record,
  allowScripts: record,
});
const lockFile = z.object({
  lockfileVersion: z.number(),
  packages: z.record(z.string(), z.looseObject({ link: z.optional(z.boolean()) })),
});

interface Installation {
  readonly project: string;
  readonly names: readonly string[];
  /** A folder, which is made. */
  readonly into: string;
  /** Of `npm ci`. */
  readonly options?: readonly string[];
}

/**
 * Installs packages of a project, and what they depend on, in the versions of its package-lock.json.
 * @returns the folder `node_modules` that has them
 * @throws Error what npm says, or which package is not installed
 */
export async function installPackages({ project, names, into, options = [] }: Installation): Promise<string> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(project, name), 'utf8'));
  const { dependencies, devDependencies, ...kept } = manifest.parse(await read('package.json'));
  const { lockfileVersion, packages } = lockFile.parse(await read('package-lock.json'));
  const wanted = names.map((name) => {
    const version = dependencies?.[name] ?? devDependencies?.[name];
    if (version === undefined)
      throw new Error(`${name} is external, but not in package.json. npm install ${name}`);
    return [name, version] as const;
  });
  const top = { ...kept, dependencies: Object.fromEntries(wanted) };
  // npm leaves out what nothing of this depends on. A link leads to a workspace, which is not here.
  const locked = Object.entries(packages).filter(
    ([path, { link }]) => path.startsWith('node_modules/') && link !== true,
  );
  const lock = { lockfileVersion, requires: true, packages: { '': top, ...Object.fromEntries(locked) } };
  await mkdir(into, { recursive: true });
  await writeFile(join(into, 'package.json'), JSON.stringify(top));
  await writeFile(join(into, 'package-lock.json'), JSON.stringify(lock));
  const args = ['ci', '--prefix', into, '--no-audit', '--no-fund', '--no-bin-links', ...options];
  await run('npm', args, { cwd: into }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`npm cannot install ${names.join(', ')}: ${error.stderr?.trim() || error.message}`);
  });
  const installed = join(into, 'node_modules');
  await rm(join(installed, '.package-lock.json'), { force: true });
  return installed;
}

/** Puts packages of a project, as this machine has them, beside a bundle. What is there already stays. */
export async function linkPackages({ project, names, into }: Omit<Installation, 'options'>): Promise<void> {
  for (const name of names) {
    const link = join(into, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(project, 'node_modules', name), link).catch(() => undefined);
  }
}
