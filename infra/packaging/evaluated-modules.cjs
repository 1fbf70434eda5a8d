const { execFile } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join, relative, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { promisify } = require('node:util');

const ownCode = require('./own-code.cjs');

const run = promisify(execFile);

/** The Node.js that is deployed: it runs TypeScript, which an older one does not. */
const node = join(__dirname, '../../node_modules/.bin/node');
const maxBuffer = 64 * 1024 * 1024;
/** What the modules are made of. esbuild.config.cjs has the same folders watched. */
const sources = ['functions', 'job-types', 'examples', 'shared']
  .map((name) => join(__dirname, '../..', name))
  .filter((path) => existsSync(path));

/** Prints a module that has what another one exports: values, and functions that are called here. */
const evaluation = `
const parsed = (value) => '/* @__PURE__ */ JSON.parse(' + JSON.stringify(JSON.stringify(value)) + ')';
const codeOf = (value) => (typeof value === 'function' ? '() => ' + parsed(value()) : parsed(value));
const exported = Object.entries(await import(process.argv[1]));
process.stdout.write(exported.map(([name, value]) => 'export const ' + name + ' = ' + codeOf(value) + ';').join(' '));
`;

/**
 * An esbuild plugin. In place of one of these modules, a bundle has what it exports, and what its functions return: they are
 * called once, when the bundle is made, and neither their code nor the libraries that it needs are deployed. They take
 * nothing, and all is JSON. A text is parsed faster than a literal, and what a function returns only if it is asked for.
 * Each has a process of its own, because some change what others return: zod has one registry of ids for all. Bundles that
 * are made at the same time share it.
 */
module.exports = (modulePaths) => {
  const paths = modulePaths.map((path) => resolve(path));
  const filter = new RegExp(`(${paths.map((path) => path.replace(/[\\/.]/g, '\\$&')).join('|')})$`);
  let last = { changedAt: '', evaluated: new Map() };
  const evaluateOnce = (path, build) => {
    const changedAt = lastChange();
    if (changedAt !== last.changedAt) last = { changedAt, evaluated: new Map() };
    const { evaluated } = last;
    if (!evaluated.has(path)) evaluated.set(path, evaluate(path, build));
    return evaluated.get(path);
  };
  return {
    name: 'evaluated-modules',
    setup: (build) => void build.onLoad({ filter }, ({ path }) => evaluateOnce(path, build)),
  };
};

async function evaluate(path, build) {
  const { conditions = [] } = build.initialOptions;
  const args = [
    ...conditions.filter((name) => name !== 'module').map((name) => `--conditions=${name}`),
    ...['--input-type=module', '--eval', evaluation, pathToFileURL(path).href],
  ];
  // A condition that is in NODE_OPTIONS would count as well.
  const env = { ...process.env, NODE_OPTIONS: '' };
  try {
    const [watchFiles, { stdout }] = await Promise.all([
      filesOf(path, build),
      run(node, args, { maxBuffer, env }),
    ]);
    return { contents: stdout, loader: 'js', watchFiles };
  } catch (error) {
    const text = thrownIn(error.stderr ?? '', build.initialOptions.absWorkingDir ?? process.cwd());
    if (text === undefined) throw error;
    return { errors: [{ text }] };
  }
}

/** Engine code checks what a contract says, and throws: the frames of who wrote the contract tell more. */
const notOfUsers = /node_modules|node:|(?<!\/job-types)\/shared\/|\[eval1\]/;

/** What a process has printed of the error that it ended with: name, message, and the files of ours, from the project's folder. */
function thrownIn(stderr, folder) {
  const lines = stderr.split('\n');
  const first = lines.findIndex((line) => /^\w*Error\b.*: /.test(line));
  if (first < 0) return undefined;
  const frames = lines
    .slice(first + 1)
    .filter((line) => !notOfUsers.test(line))
    .flatMap((line) => /^ +at .*?(?:file:\/\/)?(\/[^()]+:\d+:\d+)\)?$/.exec(line)?.[1] ?? [])
    .map((place) => `    at ${relative(folder, place)}`);
  return [lines[first], ...frames].join('\n');
}

/** The files of ours that a module is made of: an edit of any of them may change what it returns. */
async function filesOf(path, build) {
  const inputs = await ownCode(build, [path]);
  return Object.keys(inputs).map((name) => resolve(build.initialOptions.absWorkingDir ?? '', name));
}

/** Differs after every edit of a source. */
const lastChange = () =>
  sources
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
    .map((path) => `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs}`)
    .join();
