import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type FSWatcher, watch } from 'chokidar';
import type { BuildFailure, BuildOptions, Metafile, OutputFile, Plugin } from 'esbuild';
import { bundleOf, bundleOptions, sourceOf } from '../../infra/packaging/bundle.ts';
import { LocalAwsError } from '../local-aws.ts';
import { isDebugged, longAttempts } from './debugged.ts';

const require = createRequire(import.meta.url);
const ownCode: (
  build: { readonly esbuild: object; readonly initialOptions: object },
  entryPoints: readonly string[],
) => Promise<Metafile['inputs']> = require('../../infra/packaging/own-code.cjs');

const {
  banner: nodeRequire,
}: { readonly banner: string } = require('../../infra/packaging/node-require.cjs');

const sources = ['functions', 'job-types', 'examples', 'shared'];
/**
 * An editor writes a file in several steps, and often several files. chokidar tells of a file once in 50 ms, and
 * forgets what it sees of the file meanwhile: what is read after that has all of it.
 */
const settleMs = 60;
/** A thread that runs a job loads the bundle by itself, and would be slower beside another one. */
const loadAfterMs = 700;
const maxLoadMs = 10_000;
const defaultSlowMs = 3_000;
/** A thread may still be about to load a bundle that has just been replaced. */
const keptVersions = 5;
/** Next to a function's bundles: the file name of the newest, and of the last that a thread could load. */
const names = { newest: 'newest', loaded: 'loaded' } as const;

/** What a thread of serverless-offline loads in place of a function: its newest bundle, or else the last good one. */
const loader = (name: string): string => `
import { readFileSync, writeFileSync } from 'node:fs';
process.setSourceMapsEnabled(true);
const at = (file) => new URL(file, import.meta.url);
const newest = readFileSync(at('${names.newest}'), 'utf8');
async function load() {
  try {
    const functions = await import(at(newest));
    writeFileSync(at('${names.loaded}'), newest);
    return functions;
  } catch (error) {
    let before;
    try {
      before = readFileSync(at('${names.loaded}'), 'utf8');
    } catch {}
    console.error(before
      ? 'The function ${name} cannot be loaded: the code before goes on.'
      : 'The function ${name} cannot be loaded. Jobs that it should run stay queued.', error);
    if (!before) throw error;
    return import(at(before));
  }
}
export const { handler } = await load();
`;

/** A function of serverless.yml. */
interface LiveFunction {
  readonly name: string;
  /** `functions/submit/handler.handler` */
  readonly handler: string;
}

/** What a bundle imports late, if spans are sent, is not bundled here: Node.js runs it as it is. */
const tracerFromSource: Plugin = {
  name: 'tracer-from-source',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/otlp-tracer\.ts$/ }, ({ path, resolveDir }) => ({
      path: pathToFileURL(resolve(resolveDir, path)).href,
      external: true,
    })),
};
const replaced = ['node-require', 'second-file'];

interface LiveBundlesOptions {
  readonly project: string;
  /** Where the bundles are put, each at the path of its handler. */
  readonly folder: string;
  readonly functions: readonly LiveFunction[];
  /** Those that choose the catalog of job types. */
  readonly conditions: string[];
  /** A function has a new bundle, which new threads load. */
  readonly onNew: (name: string) => void;
  /** Called at each save. */
  readonly onSave?: (path: string) => void;
  readonly environmentOf: (name: string) => Readonly<Record<string, string>>;
  readonly say: (text: string) => void;
  /** After how long it says that a save is not bundled yet. */
  readonly slowMs?: number;
}

interface Outcome {
  readonly each: LiveBundle;
  /** As texts, each with its file and line. */
  readonly errors: readonly string[];
}

/**
 * The bundles of `npm start`, made again at every save: one bundling at a time, and one more for what was saved
 * meanwhile. Only the functions that are made of the file are bundled. After an error the last good code goes on.
 */
export class LiveBundles {
  readonly #options: LiveBundlesOptions;
  readonly #bundles: readonly LiveBundle[];
  readonly #watcher: FSWatcher;
  /** One of its plugins knows what it has evaluated before. */
  readonly #deployed: BuildOptions;
  #saved = new Set<string>();
  #bundling: Promise<void> | undefined;

  constructor(options: LiveBundlesOptions) {
    this.#options = options;
    this.#bundles = options.functions.map((each) => new LiveBundle(each, options));
    const { project } = options;
    this.#deployed = bundleOptions(project, []);
    this.#watcher = watch(
      sources.map((name) => join(project, name)),
      { ignoreInitial: true },
    );
  }

  /**
   * Bundles all functions. Saves are seen from here on, also those that come before it is done.
   * @throws LocalAwsError with the errors of the code
   */
  async start(): Promise<void> {
    await new Promise<void>((ready) => void this.#watcher.once('ready', ready));
    this.#watcher.on('all', (_, path) => this.#onSave(path));
    const bundling = this.#bundle(this.#bundles);
    this.#bundling = bundling.then(() => this.#bundleSaved());
    const { errors } = await bundling;
    if (errors.length > 0) throw new LocalAwsError(errors.join('\n'));
  }

  async stop(): Promise<void> {
    await this.#watcher.close();
    await this.#bundling;
  }

  #onSave(path: string): void {
    this.#saved.add(path);
    this.#options.onSave?.(path);
    this.#bundling ??= this.#bundleSaved();
  }

  async #bundleSaved(): Promise<void> {
    while (this.#saved.size > 0) {
      await setTimeout(settleMs);
      const saved = this.#saved;
      this.#saved = new Set();
      const due = this.#bundles.filter((each) => each.isMadeOf(saved));
      const files = [...saved].map((path) => relative(this.#options.project, path)).join(', ');
      const { say } = this.#options;
      const start = performance.now();
      const stopWaiting = this.#sayIfSlow(
        `bundling ${due.map(({ name }) => name).join(', ')} after ${files}`,
      );
      const { good, failed, errors } = await this.#bundle(due);
      stopWaiting();
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      // Nobody waits for that: the next save is bundled meanwhile.
      void this.#loadOnce(due.filter(({ name }) => good.includes(name))).then((loaded) => {
        if (loaded.length > 0) say(`reloaded ${loaded.join(', ')} after ${files}: ${seconds} s`);
      });
      for (const error of errors) say(error);
      if (failed.length > 0) say(`not bundled: ${failed.join(', ')}. The code before goes on.`);
    }
    this.#bundling = undefined;
  }

  /** Says what a save waits for, should it take longer than a person expects. @returns call it when that is over */
  #sayIfSlow(what: string): () => void {
    const { say, slowMs = defaultSlowMs } = this.#options;
    const over = new AbortController();
    setTimeout(slowMs, undefined, { signal: over.signal, ref: false }).then(
      () => say(`still ${what}: until then the code before runs`),
      () => undefined,
    );
    return () => over.abort();
  }

  /**
   * Loads functions in threads of their own, so that an error of that is told at the save, and not at the next job.
   * @returns the names of those that could be loaded. The threads of the others have said why not
   */
  async #loadOnce(bundles: readonly LiveBundle[]): Promise<readonly string[]> {
    await setTimeout(loadAfterMs, undefined, { ref: false });
    const loaded = bundles.map(async (each) => {
      if (await each.hasLoaded()) return true;
      const thread = new Worker(each.path, { env: { ...this.#options.environmentOf(each.name) } });
      // The thread has told its error.
      thread.on('error', () => undefined);
      const ended = new Promise<void>((resolve) => void thread.once('exit', () => resolve()));
      await Promise.race([ended, setTimeout(maxLoadMs, undefined, { ref: false })]);
      await thread.terminate();
      return each.hasLoaded();
    });
    const isLoaded = await Promise.all(loaded);
    return bundles.flatMap(({ name }, index) => (isLoaded[index] ? [name] : []));
  }

  /**
   * Finds out of which files of ours these bundles are made, also by what they have evaluated. In one go: most
   * functions share most files.
   */
  async #findFiles(bundles: readonly LiveBundle[]): Promise<void> {
    if (bundles.length === 0) return;
    const { project, conditions } = this.#options;
    const esbuild = await import('esbuild');
    const options = { esbuild, initialOptions: { absWorkingDir: project, conditions } };
    // If the code has an error by now, its save is bundled next.
    const inputs = await ownCode(
      options,
      bundles.map(({ source }) => source),
    ).catch(() => undefined);
    for (const each of bundles) each.setFiles(inputs && reachable(each.source, inputs));
  }

  async #bundle(bundles: readonly LiveBundle[]) {
    const outcomes = await this.#make(bundles);
    await this.#findFiles(outcomes.flatMap(({ each, errors }) => (errors.length === 0 ? [each] : [])));
    // Files outside the folders of sources.
    this.#watcher.add(bundles.flatMap(({ files }) => [...files]));
    const namesOf = (some: readonly Outcome[]) => some.map(({ each }) => each.name);
    return {
      good: namesOf(outcomes.filter(({ errors }) => errors.length === 0)),
      failed: namesOf(outcomes.filter(({ errors }) => errors.length > 0)),
      // Most functions share most files: each error is told once.
      errors: [...new Set(outcomes.flatMap(({ errors }) => errors))],
    };
  }

  /**
   * Makes bundles in one go: most functions share most files, and each is read once. After an error each is made by
   * itself, since others may have none.
   */
  async #make(bundles: readonly LiveBundle[]): Promise<readonly Outcome[]> {
    if (bundles.length === 0) return [];
    const esbuild = await import('esbuild');
    let outputs: readonly OutputFile[];
    try {
      ({ outputFiles: outputs } = await esbuild.build(this.#settingsOf(bundles)));
    } catch (error) {
      if (bundles.length > 1) return (await Promise.all(bundles.map((each) => this.#make([each])))).flat();
      return bundles.map((each) => failed(each, error));
    }
    const published = (each: LiveBundle): Promise<Outcome> =>
      each.publish(outputs).then(
        () => ({ each, errors: [] }),
        (error: unknown) => failed(each, error),
      );
    return Promise.all(bundles.map(published));
  }

  /**
   * What is deployed, but with source maps, and the SDK from node_modules: to bundle it was a third of a start's work.
   */
  #settingsOf(bundles: readonly LiveBundle[]): BuildOptions & { write: false } {
    const { folder, conditions } = this.#options;
    const { plugins = [], ...settings } = this.#deployed;
    return {
      ...settings,
      // A debugger shows variables by their names.
      minify: !isDebugged(),
      // By the path of the output, without `.mjs`.
      entryPoints: Object.fromEntries(bundles.map(({ source }) => [source.replace(/\.ts$/, ''), source])),
      conditions,
      // The plugin node-require changes what was written, and so would make source maps wrong. Here every bundle has a
      // `require`.
      plugins: [
        tracerFromSource,
        ...(isDebugged() ? [longAttempts] : []),
        ...plugins.filter(({ name }) => !replaced.includes(name)),
      ],
      banner: { js: nodeRequire },
      external: [...(settings.external ?? []), '@aws-sdk/*', '@smithy/*'],
      sourcemap: 'inline',
      sourcesContent: false,
      outdir: folder,
      write: false,
      logLevel: 'silent',
    };
  }
}

function failed(each: LiveBundle, error: unknown): Outcome {
  each.setFiles(undefined);
  return { each, errors: textsOf(error) };
}

/** A file of ours, and all that it imports of ours, directly or not. */
function reachable(from: string, inputs: Metafile['inputs']): ReadonlySet<string> {
  const found = new Set([from]);
  for (const path of found)
    for (const imported of inputs[path]?.imports ?? []) if (!imported.external) found.add(imported.path);
  return found;
}

/** The bundle of one function. */
class LiveBundle {
  readonly name: string;
  /** Those of ours that it was made of last. */
  files: ReadonlySet<string> = new Set();
  /** What a thread loads. */
  readonly path: string;
  /** From the project's folder. */
  readonly source: string;
  readonly #options: LiveBundlesOptions;
  #hasFailed = false;
  #version = 0;

  constructor({ name, handler }: LiveFunction, options: LiveBundlesOptions) {
    this.name = name;
    this.source = sourceOf(handler);
    this.path = join(options.folder, bundleOf(handler));
    this.#options = options;
  }

  /** After an error it is not known what a bundle would have been made of. */
  isMadeOf(paths: ReadonlySet<string>): boolean {
    // A style sheet or a script of a page is read, and not imported.
    const own = join(this.#options.project, dirname(this.source)) + sep;
    return this.#hasFailed || [...paths].some((path) => this.files.has(path) || path.startsWith(own));
  }

  /** @param files from the project's folder; undefined if it is not known, as after an error */
  setFiles(files: ReadonlySet<string> | undefined): void {
    this.#hasFailed ||= files === undefined;
    if (files) this.files = new Set([...files].map((name) => resolve(this.#options.project, name)));
  }

  /** Whether a thread could load the newest bundle. */
  async hasLoaded(): Promise<boolean> {
    const read = (name: string) => readFile(join(dirname(this.path), name), 'utf8').catch(() => undefined);
    return (await read(names.loaded)) === (await read(names.newest));
  }

  /**
   * A thread loads a bundle only when all of it is there.
   * @param outputs of this one and of others
   */
  async publish(outputs: readonly OutputFile[]): Promise<void> {
    const own = outputs.find((output) => output.path === this.path);
    if (own === undefined) throw new TypeError(`There is no bundle for ${this.path}.`);
    this.#version += 1;
    const { path } = this;
    const at = (version: number) => path.replace(/\.mjs$/, `.${version}.mjs`);
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    await writeFile(at(this.#version), own.contents);
    await replaceFile(join(folder, names.newest), basename(at(this.#version)));
    if (this.#version === 1) await writeFile(path, loader(this.name));
    const old = at(this.#version - keptVersions);
    const loaded = await readFile(join(folder, names.loaded), 'utf8').catch(() => '');
    if (loaded !== basename(old)) await rm(old, { force: true });
    this.#hasFailed = false;
    this.#options.onNew(this.name);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

function textsOf(error: unknown): readonly string[] {
  const { errors } = Object(error) as Partial<BuildFailure>;
  if (!errors) return [String(error)];
  return errors.map(({ text, location }) =>
    location
      ? `${location.file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText}`
      : text,
  );
}
