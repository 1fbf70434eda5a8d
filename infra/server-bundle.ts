import { bundleOptions } from './bundle.ts';

/** What the image of worker servers runs: the server, and the process that runs one job. In the settings of the functions' bundles. */
export function serverBundleOptions(project: string): ReturnType<typeof bundleOptions> {
  const { alias, plugins, ...options } = bundleOptions(project, ['server/main.ts', 'server/job-process.ts']);
  // A function has its credentials in its environment. A container and an instance ask for theirs, and a laptop has profiles.
  const { '@aws-sdk/credential-provider-node': _asked, ...aliasOfServers } = alias ?? {};
  return {
    ...options,
    alias: aliasOfServers,
    plugins: plugins?.filter(({ name }) => name !== 'lean-clients'),
  };
}
