import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build, type Plugin } from 'esbuild';

const pureSchemas: (folders: readonly string[]) => Plugin = createRequire(import.meta.url)(
  '../../../infra/pure-schemas.cjs',
);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'schemas-'));
  await symlink(join(import.meta.dirname, '../../../node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true }));

async function bundled(text: string, folders = [folder]): Promise<string> {
  await writeFile(join(folder, 'main.ts'), text);
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ['main.ts'],
    bundle: true,
    format: 'esm',
    minifySyntax: true,
    packages: 'external',
    write: false,
    plugins: [pureSchemas(folders)],
  });
  return outputFiles[0]?.text ?? '';
}

const schemas = `import * as z from 'zod/mini';
  const name = z.string('a "name"').check(z.minLength(1), z.refine((text) => text !== 'x', 'z.string() is not x'));
  const time = z.iso.datetime({ offset: true });
  const unused = z.object({ name, time, more: z.optional(z.array(z.coerce.number())) }); /* z.object() */
`;

test('a bundle has no schema that it does not use', async () => {
  expect(await bundled(`${schemas} console.log(1);`)).not.toMatch(/z\.\w+/);
  expect(await bundled(`${schemas} console.log(1);`, [])).toMatch(/z\.object/);
});

test('it has what is used, and what does more than to make a schema', async () => {
  const text = await bundled(
    `${schemas} z.config({}); // z.object()
    export const isName = (value: unknown) => { z.parse(name, value); return \`z.string() \${z.safeParse(time, value).success}\`; };`,
  );
  for (const part of [
    'z.config({})',
    'z.parse(name, value)',
    'z.safeParse(time',
    'z.minLength(1)',
    '`z.string() ${',
  ])
    expect(text).toContain(part);
  expect(text).not.toContain('z.array');
});
