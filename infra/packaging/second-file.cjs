const { dirname, relative, resolve } = require('node:path');

/** What is bundled into a file of its own, and the name of that file in a zip. */
const source = 'shared/aws/observe/otlp-tracer.ts';
const name = 'otlp-tracer.mjs';

/**
 * An esbuild plugin. A bundle does not have the code of `source`, but imports it from the file beside it, at the root of the zip.
 * esbuild itself would put what is imported later into the bundle, too.
 */
const plugin = {
  name: 'second-file',
  setup(build) {
    const { absWorkingDir = process.cwd(), entryPoints } = build.initialOptions;
    const [entry] = Array.isArray(entryPoints) ? entryPoints : [];
    if (entry === undefined) return;
    const folder = dirname(relative(absWorkingDir, resolve(absWorkingDir, entry)));
    build.onResolve({ filter: /\/otlp-tracer\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: relative(folder, name), external: true } : undefined,
    );
  },
};

module.exports = { source, name, plugin };
