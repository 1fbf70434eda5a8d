const { join } = require('node:path');

const evaluatedModules = require('./evaluated-modules.cjs');

const notBundled = join(__dirname, 'not-bundled.ts');

/** Modules of which a bundle has only what they come to. */
const evaluated = [
  'functions/api/documents.ts',
  'functions/pages/payload-schemas.ts',
  'functions/pages/asset-texts.ts',
  'job-types/schedules.ts', // checked when it is packaged: a function must not end for what its Node.js knows otherwise
];

/** Loaded from node_modules on this machine: a third of the work of a start was to bundle the SDK for each function. */
const sdk = ['@aws-sdk/*', '@smithy/*'];

/** How serverless-esbuild bundles the functions. On this machine they are what is deployed, but for the SDK. */
module.exports = ({ processedInput } = {}) => ({
  bundle: true,
  minify: true,
  sourcemap: false,
  format: 'esm',
  target: 'node24',
  outputFileExtension: '.mjs',
  mainFields: ['module', 'main'],
  // Deployed, the SDK is bundled: the version that was tested is the version that runs.
  exclude: processedInput?.commands[0] === 'offline' ? sdk : [],
  watch: { pattern: ['functions/**/*.{ts,css,js}', 'job-types/**/*.ts', 'shared/**/*.ts'] },
  plugins: [evaluatedModules(evaluated.map((path) => join(__dirname, '..', path)))],
  // A cold start parses every byte, so what is never called is left out.
  alias: {
    '@aws-lambda-powertools/jmespath': notBundled,
    '@aws-lambda-powertools/jmespath/functions': notBundled,
    '@aws-sdk/credential-provider-node': notBundled,
    '@aws-sdk/endpoint-cache': notBundled,
    '@smithy/core/event-streams': notBundled,
  },
});
