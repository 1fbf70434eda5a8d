const { join, relative } = require('node:path');

const declaredExternals = require('./declared-externals.cjs');
const evaluatedModules = require('./evaluated-modules.cjs');
const eventStreams = require('./event-streams.cjs');
const { bundleConditions } = require('./job-type-catalog.ts');
const leanClients = require('./lean-clients.cjs');
const nativeCode = require('./native-code.cjs');
const nodeRequire = require('./node-require.cjs');
const pureSchemas = require('./pure-schemas.cjs');
const secondFile = require('./second-file.cjs');
const { parametersOf } = require('../template/parameters-of.ts');
const sourceMaps = require('./source-maps.cjs');

const project = join(__dirname, '../..');
const notBundled = join(__dirname, 'not-bundled.ts');

/** Modules of which a bundle has only what they come to. */
const evaluated = [
  'shared/http/routes.ts',
  'functions/api/documents.ts',
  'functions/pages/forms/payload-schemas.ts',
  'functions/pages/html/asset-texts.ts',
  // Checked when it is packaged: a function must not end for what its Node.js knows otherwise.
  'job-types/schedules.ts',
  relative(project, require.resolve('#job-types/schedules.ts')),
];

/**
 * A plugin that has another file stand in for packages. An alias would do the same, but esbuild reads no tsconfig.json for a path that a plugin
 * names, and keeps of a file what it knew when it found that file first: with both, the bundles differed by a line from one machine to the other.
 */
const standsInFor = (name, ...packages) => ({
  name,
  setup: (build) =>
    void build.onResolve({ filter: new RegExp(`^(${packages.join('|')})$`) }, () => ({ path: notBundled })),
});

const ofStage = (serverless) => parametersOf(serverless, serverless.getProvider('aws').getStage());

/** How serverless-esbuild bundles the functions of a stage. `npm start` bundles them itself: local/lambda/live-bundles.ts. */
module.exports = (serverless) => ({
  conditions: bundleConditions(project, serverless && ofStage(serverless)),
  // The SDK is bundled: the version that was tested is the version that runs. What is declared is put into the zips by
  // infra/packaging/external-packages.ts. `external` would have it installed for this machine.
  exclude: declaredExternals(project),
  skipRebuild: true, // what stands by to bundle again keeps a command from ending for code that cannot be bundled
  bundle: true,
  minify: true,
  sourcemap: false, // in the zip: a cold start reads all of it
  format: 'esm',
  target: 'node24',
  outputFileExtension: '.mjs',
  mainFields: ['module', 'main'],
  watch: { pattern: [] },
  plugins: [
    evaluatedModules(evaluated.map((path) => join(project, path))),
    pureSchemas(['functions', 'job-types', 'examples', 'shared'].map((name) => join(project, name))),
    // A cold start parses every byte, so what is never called is left out.
    eventStreams(notBundled),
    standsInFor(
      'never-called',
      '@aws-lambda-powertools/jmespath',
      '@aws-lambda-powertools/jmespath/functions',
      '@aws-sdk/endpoint-cache',
    ),
    standsInFor('credentials-of-functions', '@aws-sdk/credential-provider-node'),
    ...(serverless && ofStage(serverless).awsClients === 'sdk' ? [] : [leanClients(project)]),
    nativeCode,
    secondFile.plugin,
    nodeRequire.plugin,
    sourceMaps(project, join(project, '.serverless/maps')), // which a deployment puts into the stage's bucket
  ],
});
