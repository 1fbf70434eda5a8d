import { join, relative, resolve } from 'node:path';
import { bundle, type Metafile } from './bundle.ts';

/** A module, and the environment of who loads it. */
export interface Loaded {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Fault {
  /** The folder of serverless.yml. */
  readonly project: string;
  readonly handler: string;
  readonly env: Loaded['env'];
  /** Where a bundle that can be read may be written. */
  readonly folder: string;
  readonly load: (modules: readonly Loaded[]) => Promise<readonly { readonly stack?: string }[]>;
}

/**
 * Bundles a function that cannot be loaded once more, with its source map, and looks where loading it fails.
 * @returns the imports that lead there, and the job type: the end of a sentence. Nothing if that cannot be found
 */
export async function chainToFault({ project, handler, env, folder, load }: Fault): Promise<string> {
  const entry = handler.replace(/\.\w+$/, '.ts');
  const outdir = join(folder, 'readable');
  const readable = { outdir, minify: false, sourcemap: 'inline', logLevel: 'silent' } as const;
  // Without the chain, the fault itself is still said.
  const metafile = await bundle(project, [entry], readable).catch(() => undefined);
  if (metafile === undefined) return '';
  const [{ stack = '' } = {}] = await load([{ path: join(outdir, entry.replace(/\.ts$/, '.mjs')), env }]);
  const files = [...stack.matchAll(/(?:file:\/\/|\()(\/[^():\n]+):\d+:\d+/g)]
    .map(([, file = '']) => relative(project, resolve(file)))
    .filter((file) => file in metafile.inputs);
  const [fault] = files;
  if (fault === undefined) return '';
  const chain = chainTo(fault, entry, metafile);
  const type = chain
    .map((file) => /^job-types\/(?!(?:handlers|shared)\/)([^/]+)\//.exec(file)?.[1])
    .find(Boolean);
  const brought = type === undefined ? '' : ` The job type ${type} brings it.`;
  const names = chain.map(shortName);
  const once = names.filter((name, at) => name !== names[at - 1]);
  return `\n  imported by ${once.join(' > ')}.${brought}`;
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

/** Of a package, its name is enough. */
const shortName = (file: string): string => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file;
