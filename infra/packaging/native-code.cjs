/**
 * An esbuild plugin. In place of native code a bundle has an error, which names the package: some libraries do without, and
 * for the others it is the reason why the bundle cannot be loaded.
 */
module.exports = {
  name: 'native-code',
  setup: (build) =>
    void build.onLoad({ filter: /\.node$/ }, ({ path }) => {
      const [, name = path] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
      const text = `${name} is native code, which cannot be bundled`;
      return { contents: `module.exports = {}; throw new Error(${JSON.stringify(text)});`, loader: 'js' };
    }),
};
