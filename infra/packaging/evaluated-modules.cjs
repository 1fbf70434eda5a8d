const { execFile } = require('node:child_process');
const { readdirSync, statSync } = require('node:fs');
const { join, relative, resolve, sep } = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');
const { promisify } = require('node:util');

const run = promisify(execFile);

/** The Node.js that is deployed: it runs TypeScript, which an older one does not. */
const node = join(__dirname, '../../node_modules/.bin/node');
const maxBuffer = 64 * 1024 * 1024;
/** Half of such a process is to read sources. */
const compileCache = join(__dirname, '../../node_modules/.cache/evaluated-modules');
/** Prints a module that has what another one exports: values, and functions that are called here. And the files of that. */
const evaluation = `
const { registerHooks } = await import('node:module');
const urls = [];
registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
const parsed = (value) => '/* @__PURE__ */ JSON.parse(' + JSON.stringify(JSON.stringify(value)) + ')';
const codeOf = (value) => (typeof value === 'function' ? '() => ' + parsed(value()) : parsed(value));
const exported = Object.entries(await import(process.argv[1]));
const contents = exported.map(([name, value]) => 'export const ' + name + ' = ' + codeOf(value) + ';').join(' ');
process.stdout.write(JSON.stringify({ contents, urls }));
`;

/**
 * An esbuild plugin. In place of one of these modules, a bundle has what it exports, and what its functions return: they are
 * called once, when the bundle is made, and neither their code nor the libraries that it needs are deployed. They take
 * nothing, and all is JSON. A text is parsed faster than a literal, and what a function returns only if it is asked for.
 * Each has a process of its own, because some change what others return: zod has one registry of ids for all. All bundles
 * share it until a file is edited that the module is made of.
 */
module.exports = (modulePaths) => {
  const paths = modulePaths.map((path) => resolve(path));
  const filter = new RegExp(`(${paths.map((path) => path.replace(/[\\/.]/g, '\\$&')).join('|')})$`);
  const evaluated = new Map();
  const evaluateOnce = async (path, build) => {
    const before = evaluated.get(path);
    const next = isSame(before).then((same) => (same ? before : evaluate(path, build)));
    evaluated.set(path, next);
    return (await next).result;
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
  const env = { NODE_COMPILE_CACHE: compileCache, ...process.env, NODE_OPTIONS: '' };
  const begunAt = Date.now();
  try {
    const { stdout } = await run(node, args, { maxBuffer, env });
    const { contents, urls } = JSON.parse(stdout);
    return {
      begunAt,
      files: [...filesIn(urls), ...besides(path, build)],
      result: { contents, loader: 'js' },
    };
  } catch (error) {
    const text = thrownIn(error.stderr ?? '', build.initialOptions.absWorkingDir ?? process.cwd());
    if (text === undefined) throw error;
    return { begunAt, result: { errors: [{ text }] } };
  }
}

/** The clock of a file system may be so late. */
const clockMs = 20;

/** Whether an evaluation was good, and no file has been written since that it has read. */
async function isSame(before) {
  const { begunAt, files } = (await before?.catch(() => undefined)) ?? {};
  return files?.every(
    (path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < begunAt - clockMs,
  );
}

const filesIn = (urls) =>
  urls
    .filter((url) => url.startsWith('file:') && !url.includes('/node_modules/'))
    .map((url) => fileURLToPath(url));

/** What a module of a function may read, such as a style sheet: all that is in the function's folder. */
function besides(path, build) {
  const project = build.initialOptions.absWorkingDir ?? process.cwd();
  const [sources, name] = relative(project, path).split(sep);
  if (sources !== 'functions') return [];
  const folder = join(project, sources, name);
  return readdirSync(folder, { recursive: true }).map((file) => join(folder, file));
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
