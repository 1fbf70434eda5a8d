const { readFile, writeFile } = require('node:fs/promises');
const { resolve } = require('node:path');

/** What esbuild puts in place of `require` in a module throws this, unless there is a `require`. */
const missing = 'Dynamic require of "';
exports.banner =
  "import{createRequire as createNodeRequire}from'node:module';const require=createNodeRequire(import.meta.url);";

/**
 * An esbuild plugin for bundles that are modules. Libraries in CommonJS call `require` for modules of Node.js, and a module
 * has none. A bundle with such a library gets one; all other bundles stay as they are, byte by byte.
 */
exports.plugin = {
  name: 'node-require',
  setup(build) {
    const { absWorkingDir = process.cwd() } = build.initialOptions;
    build.initialOptions.metafile = true;
    build.onEnd(async ({ metafile }) => {
      for (const name of Object.keys(metafile?.outputs ?? {})) {
        const path = resolve(absWorkingDir, name);
        const text = await readFile(path, 'utf8');
        if (text.includes(missing)) await writeFile(path, `${exports.banner}\n${text}`);
      }
    });
  },
};
