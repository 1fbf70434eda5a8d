import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { keep } from '../kept-output.ts';
import { copiedNames, withProjectCopy } from '../project-copy.ts';
import { addManyTypes } from './many-types.ts';
import { Osls } from './osls.ts';

/** A command of osls that packages a stage, or that stops before it does. */
export interface PackageCommand {
  readonly stage: string;
  /** Default: `package`. */
  readonly command?: readonly string[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** In a copy of its own, this text replaces another one, or the whole file. */
  readonly edit?: { readonly file: string; readonly replaced?: string; readonly text: string };
  /** In a copy of its own that has the types of many-types.ts, with bundles of its own. */
  readonly manyTypes?: true;
  /** Whether it is to stop, since something is wrong. */
  readonly stops?: true;
}
export type PackageCommands = Readonly<Record<string, PackageCommand>>;

/** What the commands have made. */
export interface Packaged {
  /** The compiled template, as CloudFormation gets it. */
  template(name: string): Promise<string>;
  /** The lines of a command that has stopped, each of which names a problem. */
  problems(name: string): Promise<readonly string[]>;
  /** The folder with all that they have made. */
  readonly folder: string;
  /** The folder with the zip of each function, which is the same for all stages, and with `maps/`. */
  readonly zips: string;
  /** The same folder of a command that has bundles of its own. */
  zipsOf(name: string): string;
}

/** Lists the bundles that were loaded, each with its variables. A copy of the project has such a file, and so has what the commands have made. */
const loadedName = 'loaded.txt';
const templateName = 'cloudformation-template-update-stack.json';
/** What here decides what is made. */
const ownSources = [
  ...['package-commands', 'many-types', 'osls', 'osls-process'].map((name) => `infra/${name}.ts`),
  'project-copy.ts',
];

/** Runs these commands, once for all runs with the same sources. The first one bundles the functions. */
export async function runPackageCommands(commands: PackageCommands): Promise<Packaged> {
  const paths = [...copiedNames, ...ownSources.map((name) => `tests/${name}`)];
  const folder = await keep('packages', { paths, values: [JSON.stringify(commands)] }, (into) =>
    runAll(Object.entries(commands), into),
  );
  const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8');
  return {
    template: (name) => read(name, templateName),
    problems: async (name) => linesOf(await read(name, 'problems.txt')),
    folder,
    zips: join(folder, 'zips'),
    zipsOf: (name) => (commands[name]?.manyTypes ? join(folder, name, 'zips') : join(folder, 'zips')),
  };
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.startsWith('- '));

async function runAll(entries: readonly (readonly [string, PackageCommand])[], into: string): Promise<void> {
  const osls = new Osls();
  const {
    inOrder = [],
    edited = [],
    atLast = [],
  } = Object.groupBy(entries, ([, { edit, manyTypes, command }]) => {
    if (edit !== undefined || manyTypes) return 'edited';
    // They end the process, and to start another one takes longer than most commands.
    return command?.[0] === 'offline' ? 'atLast' : 'inOrder';
  });
  const [first, ...others] = inOrder;
  if (!first) throw new Error('nothing makes the bundles');
  try {
    await withProjectCopy(async (dir) => {
      await takeBundles(dir);
      for (const entry of [first, ...others]) await run(osls, { dir, into, entry });
      await checkAgain(osls, { dir, into, entry: first });
      await cp(join(dir, loadedName), join(into, loadedName));
      for (const entry of edited) await runEdited(osls, into, entry);
      for (const entry of atLast) await run(osls, { dir, into, entry });
    });
  } finally {
    await osls.end();
  }
}

/** In a copy of its own: a process keeps the modules that it has loaded. */
const runEdited = (osls: Osls, into: string, entry: readonly [string, PackageCommand]): Promise<void> =>
  withProjectCopy(async (dir) => {
    const [, { manyTypes, edit: change }] = entry;
    await takeBundles(dir, into);
    if (change !== undefined) await edit(dir, change);
    if (!manyTypes) return run(osls, { dir, into, entry });
    await addManyTypes(dir);
    // esbuild bundles in the folder in which a process has loaded it.
    const own = new Osls();
    await run(own, { dir, into, entry }).finally(() => own.end());
  });

interface Run {
  readonly dir: string;
  readonly into: string;
  readonly entry: readonly [string, PackageCommand];
}

async function run(osls: Osls, { dir, into, entry: [name, command] }: Run): Promise<void> {
  const [out, zips] = [join(dir, 'out'), join(into, command.manyTypes ? name : '', 'zips')];
  const areKept =
    command.command === undefined && !command.manyTypes && (await readdir(into)).includes('zips');
  if (areKept) await cp(zips, out, { recursive: true });
  await mkdir(join(into, name));
  const running = osls.run(dir, argumentsOf(command), {
    BUNDLES: areKept ? 'kept' : 'new',
    ...command.environment,
  });
  if (command.stops) {
    const output = await running.then(
      () => '',
      (error: unknown) => String(error),
    );
    if (linesOf(output).length === 0) throw new Error(`${name} has not stopped for a problem: ${output}`);
    await writeFile(join(into, name, 'problems.txt'), output);
  } else {
    await running;
    await cp(join(out, templateName), join(into, name, templateName));
    if (!areKept)
      await cp(out, zips, { recursive: true, filter: (path) => path === out || areParts.test(path) });
  }
  await rm(out, { recursive: true, force: true });
}

/**
 * The first command again, after all others: as the first one, it was a command line of its own. What others have left in the
 * process would show. And some bundles again, now of another stage: of those that have most of what is evaluated. The stage is one
 * whose bundles were loaded: they are not loaded again.
 */
async function checkAgain(osls: Osls, { dir, into, entry: [name, command] }: Run): Promise<void> {
  await run(osls, { dir, into, entry: ['again', command] });
  const [first, again] = await Promise.all(
    [name, 'again'].map((each) => readFile(join(into, each, templateName), 'utf8')),
  );
  if (!isDeepStrictEqual(withoutTime(first), withoutTime(again)))
    throw new Error(`${name} is not packaged as before`);
  await rm(join(into, 'again'), { recursive: true });
  await cp(join(into, 'zips'), join(dir, 'out'), { recursive: true });
  await osls.run(dir, argumentsOf({ stage: 'staging' }), { BUNDLES: 'api,pages' });
  const zips = (await readdir(join(dir, 'out'))).filter((name) => name.endsWith('.zip'));
  if (zips.length === 0) throw new Error('another stage has no function');
  for (const zip of zips) {
    const [kept, made] = [await readFile(join(into, 'zips', zip)), await readFile(join(dir, 'out', zip))];
    if (!kept.equals(made)) throw new Error(`${zip} is another one for another stage`);
  }
}

/** The zips, and the source maps of what is in them. */
const areParts = /\.zip$|\/maps$|\.map\.gz$/;

/** Parsed: osls writes the versions of functions in the order in which it has read their zips. */
const withoutTime = (template = ''): unknown =>
  JSON.parse(template.replaceAll(/\/\d{13}-[\w:.-]+\//g, '/<when>/'));

const argumentsOf = ({ command, stage, parameters = {} }: PackageCommand): readonly string[] => [
  ...(command ?? ['package', '--package', 'out']),
  ...['--stage', stage],
  ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
];

async function edit(dir: string, { file, replaced, text }: NonNullable<PackageCommand['edit']>) {
  const path = join(dir, file);
  const before = await readFile(path, 'utf8');
  if (replaced !== undefined && !before.includes(replaced)) throw new Error(`${file} has no ${replaced}`);
  await writeFile(path, replaced === undefined ? text : before.replace(replaced, text));
}

/** All stages have the same bundles, so those that one command has made can be taken by the others: `skipBuild` is the plugin's. */
const bundling = `
module.exports = () => ({
  ...require('./esbuild.config.cjs')(),
  skipBuild: process.env.BUNDLES !== 'new',
  skipBuildExcludeFns: (process.env.BUNDLES ?? '').split(','),
});
`;

/**
 * A command packages what another one has loaded already: the same bundle with the same variables. It is loaded once, also if the
 * other command was one of another copy of the project.
 */
const loading = `
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { problemsOfBundles as load } from './load-bundles.ts';
import { resolvedValue } from '../template/resolved-value.ts';

const list = new URL('../../${loadedName}', import.meta.url);
const loaded = new Set(readFileSync(list, 'utf8').split('\\n'));

function keyOf({ name, handler, files, environment, resources }) {
  const hash = createHash('sha256');
  for (const [path, content] of files) hash.update(path + ' ' + content.length + ' ').update(content);
  const values = Object.entries(environment).map(([key, value]) => [
    key,
    resolvedValue(value, { region: 'eu-central-1', resources }),
  ]);
  return hash.update(JSON.stringify([name, handler, values])).digest('hex');
}

export async function problemsOfBundles(functions, project, more) {
  const others = functions.filter((each) => !loaded.has(keyOf(each)));
  if (others.length === 0) return [];
  const problems = await load(others, project, more);
  if (problems.length > 0) return problems;
  for (const key of others.map(keyOf)) {
    loaded.add(key);
    appendFileSync(list, key + '\\n');
  }
  return [];
}
`;

/**
 * Has a copy of the project take its bundles from the folder of the package, and load each of them once. Of the variable `BUNDLES`,
 * `kept` takes all bundles, `new` makes them, and names of functions make those alone.
 * @param made what commands have made of the same sources. It says what was loaded already
 */
export async function takeBundles(dir: string, made?: string): Promise<void> {
  const text = './infra/packaging/esbuild-of-test.cjs';
  await writeFile(join(dir, text), bundling);
  await edit(dir, { file: 'infra/custom.yml', replaced: './infra/packaging/esbuild.config.cjs', text });
  if (made === undefined) await writeFile(join(dir, loadedName), '');
  else await cp(join(made, loadedName), join(dir, loadedName));
  const once = 'load-bundles-of-test.ts';
  await writeFile(join(dir, 'infra/packaging', once), loading);
  await edit(dir, { file: 'infra/plugin.ts', replaced: 'load-bundles.ts', text: once });
}
