const { join } = require('node:path');

const evaluatedModule = require('./evaluated-module.cjs');

const notBundled = join(__dirname, 'not-bundled.ts');

/** How serverless-esbuild bundles the functions, for AWS and for this machine alike. */
module.exports = () => ({
  bundle: true,
  minify: true,
  sourcemap: false,
  format: 'esm',
  target: 'node24',
  outputFileExtension: '.mjs',
  mainFields: ['module', 'main'],
  exclude: [], // the SDK is bundled: the version that was tested is the version that runs
  watch: { pattern: ['functions/**/*.{ts,css,js}', 'job-types/**/*.ts', 'shared/**/*.ts'] },
  plugins: ['api/documents.ts', 'pages/payload-schemas.ts', 'pages/asset-texts.ts'].map((module) =>
    evaluatedModule(join(__dirname, '../functions', module)),
  ),
  // A cold start parses every byte, so what is never called is left out.
  alias: {
    '@aws-lambda-powertools/jmespath': notBundled,
    '@aws-lambda-powertools/jmespath/functions': notBundled,
    '@aws-sdk/credential-provider-node': notBundled,
    '@aws-sdk/endpoint-cache': notBundled,
    '@smithy/core/event-streams': notBundled,
  },
});
