import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { resolvedValue, type Stack } from '../template/resolved-value.ts';
import type { Environment } from '../template/worker-outputs.ts';
import { bundleOf } from './bundle.ts';
import { chainToFault, findFilesBeside, type Loaded } from './chain-to-fault.ts';
import { linkPackages } from './external-packages.ts';
import { bundleConditions } from './job-type-catalog.ts';
import { hasNativeCode, packagesIn, problemsOfZip } from './problems-of-zip.ts';

const run = promisify(execFile);
/** The Node.js that is deployed. */
const node = join(import.meta.dirname, '../../node_modules/.bin/node');

/** A function as it is packaged. */
export interface PackagedFunction {
  readonly name: string;
  /** `functions/submit/handler.handler` */
  readonly handler: string;
  /** What is in its zip, by path. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly environment: Environment;
  readonly resources: Stack['resources'];
}

const region = 'eu-central-1';
/** What Lambda sets itself. */
const setByLambda = { AWS_REGION: region, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };

/**
 * Loads each function as Lambda does: from its zip, in a folder with nothing else, with the environment of the
 * template. A thread for each, since a function reads its environment when it is loaded.
 */
const loading = `
const { Worker } = require('node:worker_threads');
const code = "const { parentPort, workerData } = require('node:worker_threads');" +
  "import(workerData).then(() => parentPort.postMessage({}), " +
  "(error) => parentPort.postMessage({ message: String(error), stack: String(error?.stack) }))";
const [modules, limitMs] = JSON.parse(process.argv[1]);
const load = ({ path, env }) => new Promise((resolve) => {
  const worker = new Worker(code, { eval: true, workerData: path, env, stdout: true, stderr: true });
  worker.once('message', resolve);
  worker.once('error', (error) => resolve({ message: String(error), stack: String(error.stack) }));
  worker.once('exit', (code) => resolve({ message: 'it ends while it is loaded, with ' + code, stack: '' }));
  setTimeout(() => resolve({ message: 'it is not loaded after ' + limitMs + ' ms', stack: '' }), limitMs);
});
Promise.all(modules.map(load)).then((all) => {
  process.stdout.write(JSON.stringify(all), () => process.exit(0));
});
`;
const outcome = z.object({ message: z.optional(z.string()), stack: z.optional(z.string()) });

/** Lambda gives a function ten seconds. A busy machine may load all of them more slowly. */
const defaultLimitMs = 30_000;

/**
 * @param project the folder of serverless.yml
 * @param more `conditions`: those that the functions were bundled with
 * @returns a line for each function that Lambda cannot load, or whose code asks for files that the zip has not: why,
 * and
 *   which imports brought the fault
 */
export async function problemsOfBundles(
  functions: readonly PackagedFunction[],
  project: string,
  { limitMs = defaultLimitMs, conditions = bundleConditions(project) } = {},
): Promise<readonly string[]> {
  const zips = functions.flatMap(({ name, files }) => problemsOfZip(name, files));
  if (zips.length > 0) return zips;
  const load = (modules: readonly Loaded[]) => loadAll(modules, limitMs);
  const folder = await mkdtemp(join(tmpdir(), 'bundles-'));
  try {
    const unpacked = await Promise.all(
      functions.map((each) => unpack(each, { folder: join(folder, each.name), project })),
    );
    const outcomes = await load(unpacked);
    const problems = functions.map(async ({ name, handler, files }, index) => {
      const { message } = outcomes[index] ?? {};
      const given = { project, handler, conditions, folder };
      if (message === undefined) {
        const code = files.get(bundleOf(handler))?.toString() ?? '';
        const found = await findFilesBeside(code, given);
        return found && `${name} asks for files beside its code, and its zip has none: ${found}`;
      }
      const chain = await chainToFault({ ...given, env: unpacked[index]?.env ?? {}, load });
      return `${name} cannot be loaded: ${message}${chain}`;
    });
    return (await Promise.all(problems)).filter((problem) => problem !== undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function loadAll(
  modules: readonly Loaded[],
  limitMs: number,
): Promise<readonly z.infer<typeof outcome>[]> {
  const given = JSON.stringify([modules, limitMs]);
  const { stdout } = await run(node, ['--enable-source-maps', '--eval', loading, given], {
    cwd: tmpdir(),
    maxBuffer: 16 * 1024 * 1024,
  });
  return z.array(outcome).parse(JSON.parse(stdout));
}

interface Folders {
  readonly folder: string;
  readonly project: string;
}

async function unpack(
  { handler, files, environment, resources }: PackagedFunction,
  { folder, project }: Folders,
): Promise<Loaded> {
  // This machine cannot load what Lambda can: it has the same packages for itself.
  const isStandIn = hasNativeCode(files);
  for (const [name, content] of files) {
    if (isStandIn && name.startsWith('node_modules/')) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  if (isStandIn) await linkPackages({ project, names: packagesIn(files), into: folder });
  const variables = Object.entries(environment).map(([key, value]) => [
    key,
    resolvedValue(value, { region, resources }),
  ]);
  return {
    path: join(folder, bundleOf(handler)),
    env: { ...setByLambda, ...Object.fromEntries(variables) },
  };
}
