const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const client = /^@aws-sdk\/client-[\w-]+$/;

/**
 * An esbuild plugin. All clients of the SDK import the code for event streams, and few have a call that needs it: S3's or
 * Bedrock's, but none of those that every function has. A bundle without such a client has a stand-in.
 * @param {string} standIn the path of a module
 */
module.exports = (standIn) => ({
  name: 'event-streams',
  setup(build) {
    let isNeeded = false;
    build.onStart(async () => {
      isNeeded = (await clientsOf(build)).some((name) => hasStreams(name, build));
    });
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, () =>
      isNeeded ? undefined : { path: standIn },
    );
  },
});

/** The clients that our code in a bundle imports. None if that cannot be read: the build itself says what is wrong. */
async function clientsOf({ esbuild, initialOptions: { absWorkingDir, entryPoints } }) {
  const reading = esbuild.build({
    ...(absWorkingDir === undefined ? {} : { absWorkingDir }),
    entryPoints,
    outdir: 'out',
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const { metafile } = await reading.catch(() => ({ metafile: { inputs: {} } }));
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.map(({ path }) => path));
  return [...new Set(imports)].filter((path) => client.test(path));
}

const known = new Map();

/** A client with such a call sets event streams up when it is made. */
function hasStreams(name, { initialOptions: { absWorkingDir = process.cwd() } }) {
  if (!known.has(name)) known.set(name, setsStreamsUp(name, absWorkingDir));
  return known.get(name);
}

function setsStreamsUp(name, project) {
  const main = require.resolve(name, { paths: [project] });
  const folder = join(dirname(dirname(main)), 'dist-es');
  // A client that is built otherwise may have one.
  if (!existsSync(folder)) return true;
  const files = readdirSync(folder).filter((file) => file.endsWith('Client.js'));
  return files.some((file) =>
    readFileSync(join(folder, file), 'utf8').includes('resolveEventStreamSerdeConfig'),
  );
}
