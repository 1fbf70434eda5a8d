import { bundleOptions } from './bundle.ts';

/**
 * What the image of worker servers runs: the server, and the process that runs one job. In the settings of the
 * functions' bundles.
 */
export function serverBundleOptions(project: string): ReturnType<typeof bundleOptions> {
  const { plugins, ...options } = bundleOptions(project, ['server/main.ts', 'server/job-process.ts']);
  return { ...options, plugins: plugins?.filter(({ name }) => !ofFunctions.includes(name)) };
}

/**
 * A function has its credentials in its environment. A container and an instance ask for theirs, and a laptop has
 * profiles.
 */
const ofFunctions: readonly string[] = ['lean-clients', 'credentials-of-functions'];
