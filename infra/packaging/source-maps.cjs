const { createHash } = require('node:crypto');
const { mkdir, readFile, rm, writeFile } = require('node:fs/promises');
const { basename, dirname, join, relative, resolve } = require('node:path');
const { gzipSync } = require('node:zlib');

const { banner } = require('./node-require.cjs');

/** The name of a bundle in stacks, and of its map: of what it is, and a hash of its code. */
const nameOf = (path, code) => {
  const file = basename(path, '.mjs');
  const what = file === 'handler' ? basename(dirname(path)) : file;
  return `${what}.${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`;
};

/** What a bundle begins with since it was written is a line of its own. */
const shifted = (mappings, code) => (code.startsWith(banner) ? `;${mappings}` : mappings);

/**
 * An esbuild plugin, the last one that changes what was written. It puts the source map of each bundle into a folder, without
 * code, and ends the bundle with the name by which stacks call it: so a stack says which map is its own, also years later. The
 * bundle is longer by that line, and the zip has no map.
 */
module.exports = (project, folder) => ({
  name: 'source-maps',
  setup(build) {
    const { absWorkingDir = process.cwd() } = build.initialOptions;
    Object.assign(build.initialOptions, { metafile: true, sourcemap: 'external', sourcesContent: false });
    build.onEnd(async ({ metafile }) => {
      const written = Object.keys(metafile?.outputs ?? {}).map((name) => resolve(absWorkingDir, name));
      for (const path of written.filter((name) => name.endsWith('.mjs'))) {
        const code = await readFile(path, 'utf8');
        const map = JSON.parse(await readFile(`${path}.map`, 'utf8'));
        const sources = map.sources.map((source) => relative(project, resolve(dirname(path), source)));
        const name = nameOf(path, code);
        const kept = JSON.stringify({ ...map, sources, mappings: shifted(map.mappings, code) });
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, `${name}.map.gz`), gzipSync(kept));
        await rm(`${path}.map`);
        await writeFile(path, `${code.trimEnd()}\n//# sourceURL=${name}\n`);
      }
    });
  },
});
