const { execFile } = require('node:child_process');
const { join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { promisify } = require('node:util');

const run = promisify(execFile);

/** The Node.js that is deployed: it runs TypeScript, which an older one does not. */
const node = join(__dirname, '../node_modules/.bin/node');
const maxBuffer = 64 * 1024 * 1024;

/** Calls every function that a module exports, and prints what they return. */
const evaluation = `
const exported = Object.entries(await import(process.argv[1]));
const returned = exported.map(([name, value]) => [name, JSON.stringify(value())]);
process.stdout.write(JSON.stringify(Object.fromEntries(returned)));
`;

/**
 * An esbuild plugin. In place of a module, a bundle has what its functions return: they are called once, when the bundle
 * is made, and neither their code nor the libraries that it needs are deployed. They take nothing, and return JSON.
 */
module.exports = (modulePath) => ({
  name: 'evaluated-module',
  setup(build) {
    const path = resolve(modulePath);
    const filter = new RegExp(`${path.replace(/[\\/.]/g, '\\$&')}$`);
    build.onLoad({ filter }, async () => {
      const [watchFiles, returned] = await Promise.all([filesOf(path, build.esbuild), evaluate(path)]);
      // A text is parsed faster than a literal, and only if it is asked for.
      const lines = Object.entries(returned).map(
        ([name, json]) => `export const ${name} = () => JSON.parse(${JSON.stringify(json)});`,
      );
      return { contents: lines.join('\n'), loader: 'js', watchFiles };
    });
  },
});

async function evaluate(path) {
  const args = ['--input-type=module', '--eval', evaluation, pathToFileURL(path).href];
  const { stdout } = await run(node, args, { maxBuffer });
  return JSON.parse(stdout);
}

/** The files of ours that a module is made of: an edit of any of them may change what it returns. */
async function filesOf(path, esbuild) {
  const { metafile } = await esbuild.build({
    entryPoints: [path],
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return Object.keys(metafile.inputs).map((name) => resolve(name));
}
