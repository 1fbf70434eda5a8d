const { join } = require('node:path');

const declaredExternals = require('./declared-externals.cjs');
const evaluatedModules = require('./evaluated-modules.cjs');
const eventStreams = require('./event-streams.cjs');
const nativeCode = require('./native-code.cjs');
const nodeRequire = require('./node-require.cjs');

const notBundled = join(__dirname, 'not-bundled.ts');

/** Modules of which a bundle has only what they come to. */
const evaluated = [
  'functions/api/documents.ts',
  'functions/pages/payload-schemas.ts',
  'functions/pages/asset-texts.ts',
  'job-types/schedules.ts', // checked when it is packaged: a function must not end for what its Node.js knows otherwise
];

const onThisMachine = {
  // The SDK is loaded from node_modules: a third of the work of a start was to bundle it for each function.
  exclude: ['@aws-sdk/*', '@smithy/*'],
  outputWorkFolder: `.local/${process.pid}`, // local/bundle-folder.ts says why each start has its own
};

const deployed = {
  exclude: [], // the version of the SDK that was tested is the version that runs
  skipRebuild: true, // what stands by to bundle again keeps a command from ending for code that cannot be bundled
};
const settingsOf = (command) => (command === 'offline' ? onThisMachine : deployed);

/** How serverless-esbuild bundles the functions. On this machine they are what is deployed, but for the SDK. */
module.exports = ({ processedInput } = {}) => ({
  ...settingsOf(processedInput?.commands[0]),
  // infra/external-packages.ts puts them into the zips. `external` would have them installed for this machine.
  exclude: [...settingsOf(processedInput?.commands[0]).exclude, ...declaredExternals(join(__dirname, '..'))],
  bundle: true,
  minify: true,
  sourcemap: false,
  format: 'esm',
  target: 'node24',
  outputFileExtension: '.mjs',
  mainFields: ['module', 'main'],
  watch: { pattern: ['functions/**/*.{ts,css,js}', 'job-types/**/*.ts', 'shared/**/*.ts'] },
  plugins: [
    evaluatedModules(evaluated.map((path) => join(__dirname, '..', path))),
    eventStreams(notBundled),
    nativeCode,
    nodeRequire,
  ],
  // A cold start parses every byte, so what is never called is left out.
  alias: {
    '@aws-lambda-powertools/jmespath': notBundled,
    '@aws-lambda-powertools/jmespath/functions': notBundled,
    '@aws-sdk/credential-provider-node': notBundled,
    '@aws-sdk/endpoint-cache': notBundled,
  },
});
