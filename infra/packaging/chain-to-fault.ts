import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { bundle, bundleOf, type Metafile, settingsOfBundles, sourceOf } from './bundle.ts';
import { linkPackages } from './external-packages.ts';

/** A module, and the environment of who loads it. */
export interface Loaded {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Fault {
  /** The folder of serverless.yml. */
  readonly project: string;
  readonly handler: string;
  readonly conditions: string[];
  readonly env: Loaded['env'];
  /** Where a bundle that can be read may be written. */
  readonly folder: string;
  readonly load: (modules: readonly Loaded[]) => Promise<readonly { readonly stack?: string }[]>;
}

/**
 * Bundles a function that cannot be loaded once more, with its source map, and looks where loading it fails.
 * @returns the imports that lead there, and the job type: the end of a sentence. Nothing if that cannot be found
 */
export async function chainToFault({ env, load, ...given }: Fault): Promise<string> {
  const readable = await bundleReadably({ ...given, sourcemap: 'inline' });
  // Without the chain, the fault itself is still said.
  if (readable === undefined) return '';
  const [{ stack = '' } = {}] = await load([{ path: readable.path, env }]);
  const files = [...stack.matchAll(/(?:file:\/\/|\()(\/[^():\n]+):\d+:\d+/g)]
    .map(([, file = '']) => relative(given.project, resolve(file)))
    .filter((file) => file in readable.metafile.inputs);
  const [fault] = files;
  return fault === undefined ? '' : describeChain(fault, readable);
}

/** How code names a file beside itself. */
const besideItself = /\b__(?:dir|file)name\b|\bnew URL\([^()]*\bimport\.meta\.url\)/;
/** Code that can do without such a name. */
const asked = /\btypeof __/;

/**
 * Finds code that reads files beside itself when it is called, which a bundle has not: loading it does not show that.
 * @param bundled the bundle as it is deployed
 * @returns what such code says, and the imports that lead to it. Undefined if there is none
 */
export async function findFilesBeside(bundled: string, given: Omit<Fault, 'env' | 'load'>) {
  if (!besideItself.test(bundled)) return undefined;
  const readable = await bundleReadably({ ...given, sourcemap: false });
  if (readable === undefined) return undefined;
  let file = '';
  for (const line of (await readFile(readable.path, 'utf8')).split('\n')) {
    // So esbuild names the file that the next lines come from.
    const [, from = ''] = /^ *\/\/ (.+)$/.exec(line) ?? [];
    if (from in readable.metafile.inputs) file = from;
    const [code] = asked.test(line) || file === '' ? [] : (besideItself.exec(line) ?? []);
    if (code !== undefined) return `${code}${describeChain(file, readable)}`;
  }
  return undefined;
}

interface Readable {
  readonly entry: string;
  readonly path: string;
  readonly metafile: Metafile;
}

async function bundleReadably({
  project,
  handler,
  conditions,
  folder,
  sourcemap,
}: Omit<Fault, 'env' | 'load'> & { readonly sourcemap: 'inline' | false }): Promise<Readable | undefined> {
  const entry = sourceOf(handler);
  const outdir = join(folder, 'readable');
  const options = { outdir, conditions, minify: false, sourcemap, logLevel: 'silent' } as const;
  const metafile = await bundle(project, [entry], options).catch(() => undefined);
  await linkPackages({ project, names: settingsOfBundles(project).exclude, into: outdir });
  return metafile && { entry, path: join(outdir, bundleOf(handler)), metafile };
}

function describeChain(fault: string, { entry, metafile }: Readable): string {
  const chain = chainTo(fault, entry, metafile);
  const type = chain
    .map((file) => /^(?:job-types|examples)\/(?!(?:handlers|shared)\/)([^/]+)\//.exec(file)?.[1])
    .find(Boolean);
  const brought = type === undefined ? '' : ` The job type ${type} brings it.`;
  const library = chain.map(packageOf).find((name) => name !== undefined);
  const way =
    library === undefined
      ? ''
      : `\n  If ${library} has native code or files of its own, name it in job-types/${type ?? '<type>'}/external.json, ` +
        `as ["${library}"]: docs/add-a-job-type.md, "Use a library".`;
  const names = chain.map((file) => packageOf(file) ?? file);
  const once = names.filter((name, at) => name !== names[at - 1]);
  return `\n  imported by ${once.join(' > ')}.${brought}${way}`;
}

/** The shortest way of imports. */
function chainTo(fault: string, entry: string, { inputs }: Metafile): readonly string[] {
  const cameFrom = new Map<string, string | undefined>([[entry, undefined]]);
  // A map also brings what is added while it is read.
  for (const file of cameFrom.keys())
    for (const { path } of inputs[file]?.imports ?? []) if (!cameFrom.has(path)) cameFrom.set(path, file);
  const chain: string[] = [];
  for (let file: string | undefined = fault; file !== undefined; file = cameFrom.get(file))
    chain.unshift(file);
  return chain;
}

const packageOf = (file: string): string | undefined =>
  /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
