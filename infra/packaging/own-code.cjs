/**
 * What files of ours import, in esbuild's words: the files of ours that belong to them, each with its imports. Packages are
 * named there, and not read.
 * @returns {Promise<import('esbuild').Metafile['inputs']>} by path
 */
module.exports = async (
  { esbuild, initialOptions: { absWorkingDir = process.cwd(), conditions } },
  entryPoints,
) => {
  const { metafile } = await esbuild.build({
    absWorkingDir,
    conditions,
    entryPoints,
    outdir: 'out',
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  return metafile.inputs;
};
