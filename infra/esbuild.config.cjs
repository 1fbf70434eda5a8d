const { join } = require('node:path');

const stub = (name) => join(__dirname, 'stubs', name);

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
  watch: { pattern: ['functions/**/*.ts', 'job-types/**/*.ts', 'shared/**/*.ts'] },
  // A cold start parses every byte, so what is never called is left out. Each stub says why.
  alias: {
    '@aws-lambda-powertools/jmespath': stub('jmespath.ts'),
    '@aws-lambda-powertools/jmespath/functions': stub('jmespath.ts'),
    '@aws-sdk/credential-provider-node': stub('credential-provider-node.ts'),
    '@aws-sdk/endpoint-cache': stub('endpoint-cache.ts'),
    '@smithy/core/event-streams': stub('event-streams.ts'),
  },
});
