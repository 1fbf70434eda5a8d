/** Stands in for a function that is left out of the bundles. If it is called after all, it says so. */
export const notBundled = (what: string) => (): never => {
  throw new Error(`${what} is left out of the bundles, see infra/esbuild.config.cjs`);
};
