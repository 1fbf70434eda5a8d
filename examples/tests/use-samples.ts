/**
 * From here on, this process bundles functions with the samples, and what it starts has them, too: `imports` of
 * package.json.
 */
export const useSamples = (): void => {
  process.env.NODE_OPTIONS = '--conditions=examples';
};
