const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const ownCode = require('./own-code.cjs');

const client = /^@aws-sdk\/client-[\w-]+$/;

/**
 * An esbuild plugin. All clients of the SDK import the code for event streams, and few have a call that needs it: S3's or
 * Bedrock's, but none of those that every function has. A bundle without such a client has a stand-in.
 * @param {string} standIn the path of a module
 */
module.exports = (standIn) => ({
  name: 'event-streams',
  setup(build) {
    let needed;
    build.onStart(() => {
      needed = undefined;
    });
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, async () => {
      needed ??= hasClientWithStreams(build);
      return (await needed) ? undefined : { path: standIn };
    });
  },
});

async function hasClientWithStreams(build) {
  const { absWorkingDir = process.cwd(), entryPoints } = build.initialOptions;
  // If the code cannot be read, the build itself says what is wrong.
  const inputs = Object.values(await ownCode(build, entryPoints).catch(() => ({})));
  const imported = new Set(inputs.flatMap(({ imports }) => imports.map(({ path }) => path)));
  return [...imported].some((path) => client.test(path) && hasStreams(path, absWorkingDir));
}

/** A client with such a call sets event streams up when it is made. */
function hasStreams(name, project) {
  const main = require.resolve(name, { paths: [project] });
  const folder = join(dirname(dirname(main)), 'dist-es');
  // A client that is built otherwise may have one.
  if (!existsSync(folder)) return true;
  const files = readdirSync(folder).filter((file) => file.endsWith('Client.js'));
  return files.some((file) =>
    readFileSync(join(folder, file), 'utf8').includes('resolveEventStreamSerdeConfig'),
  );
}
