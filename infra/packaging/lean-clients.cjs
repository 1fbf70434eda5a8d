const { readFile } = require('node:fs/promises');
const { join, sep } = require('node:path');

const ofRetries = /[\\/]submodules[\\/]retry[\\/]/;
const ofPowertools = /[\\/]@aws-lambda-powertools[\\/]/;
const indexOfRetries = /[\\/]submodules[\\/]retry[\\/]index\.js$/;

/**
 * An esbuild plugin. Where the engine's own files import the SDK's clients of the services below, or Powertools' logger, bundles of functions
 * have lean ones that do the same (docs/adr/0123-lean-clients.md, docs/adr/0147-the-logger-by-its-name.md). Job types, and libraries, get what
 * they import. A name that the lean ones lack is an error of the build.
 * @param {string} project its folder
 */
module.exports = (project) => ({
  name: 'lean-clients',
  setup(build) {
    const engine = ['shared', 'functions'].map((folder) => join(project, folder) + sep);
    build.onResolve(
      { filter: /^@aws-(sdk\/client-(dynamodb|eventbridge|scheduler|sesv2|sqs)|lambda-powertools\/logger)$/ },
      ({ path, importer }) =>
        engine.some((folder) => importer.startsWith(folder))
          ? { path: join(project, 'shared/aws/lean', `${path.replace(/^.*\/(client-)?/, '')}.ts`) }
          : undefined,
    );
    // Of the SDK's retries, a lean client has the strategy alone. esbuild cannot know that to make their middleware does nothing else. And
    // the date in one header is no reason for all that reads and writes what services say.
    build.onLoad({ filter: indexOfRetries }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(/= (?=bind\w+\()/g, '= /* @__PURE__ */ '),
    }));
    // Powertools imports this package for its effect: it makes a store where the runtime of Lambda has none. Powertools reads the store only
    // where a process has several invocations at a time, and there the runtime always has a store.
    build.onResolve({ filter: /^@aws\/lambda-invoke-store$/ }, ({ importer }) =>
      ofPowertools.test(importer) ? { path: join(project, 'infra/packaging/not-bundled.ts') } : undefined,
    );
    build.onResolve({ filter: /^@smithy\/core\/serde$/ }, ({ importer }) =>
      ofRetries.test(importer) ? { path: join(project, 'infra/packaging/not-bundled.ts') } : undefined,
    );
  },
});
