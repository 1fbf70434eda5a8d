const { join, sep } = require('node:path');

/**
 * An esbuild plugin. Where the engine's own files import the SDK's clients of DynamoDB and SQS, bundles of functions have lean ones that
 * do the same (docs/adr/0123-lean-clients.md). Job types, and libraries, get what they import. A name that the lean clients lack is an
 * error of the build.
 * @param {string} project its folder
 */
module.exports = (project) => ({
  name: 'lean-clients',
  setup(build) {
    const engine = ['shared', 'functions'].map((folder) => join(project, folder) + sep);
    build.onResolve({ filter: /^@aws-sdk\/client-(dynamodb|sqs)$/ }, ({ path, importer }) =>
      engine.some((folder) => importer.startsWith(folder))
        ? { path: join(project, 'shared/aws/lean', `${path.replace('@aws-sdk/client-', '')}.ts`) }
        : undefined,
    );
  },
});
