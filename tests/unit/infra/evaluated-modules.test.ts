import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { build, type Plugin } from 'esbuild';

const evaluatedModules: (paths: readonly string[]) => Plugin = createRequire(import.meta.url)(
  '../../../infra/evaluated-modules.cjs',
);

test('an error of a module that is evaluated is told in a line, with the files of who wrote the module', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evaluated-'));
  const files = {
    'shared/require-limits.ts':
      "export const requireLimits = () => { throw new RangeError('perSecond is 0'); };",
    'job-types/greet/contract.ts':
      "import { requireLimits } from '../../shared/require-limits.ts';\nexport const all = requireLimits();",
    'main.ts': "export * from './job-types/greet/contract.ts';",
  };
  for (const name of ['shared', 'job-types/greet']) await mkdir(join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const main = join(folder, 'main.ts');
  const building = build({
    absWorkingDir: folder,
    entryPoints: [main],
    bundle: true,
    write: false,
    logLevel: 'silent',
    plugins: [evaluatedModules([main])],
  });
  await expect(building).rejects.toMatchObject({
    errors: [{ text: 'RangeError: perSecond is 0\n    at job-types/greet/contract.ts:2:20' }],
  });
  await rm(folder, { recursive: true });
});
