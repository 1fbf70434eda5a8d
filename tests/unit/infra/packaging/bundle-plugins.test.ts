import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as sdk from '@smithy/core/retry';
import { build, type Plugin } from 'esbuild';
import { bundleOptions } from '../../../../infra/packaging/bundle.ts';
import { projectDir } from '../../../project-copy.ts';

const evaluatedModules: (paths: readonly string[]) => Plugin = createRequire(import.meta.url)(
  '../../../../infra/packaging/evaluated-modules.cjs',
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

test('a module is evaluated again when a file has been edited that it is made of, and only then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evaluated-'));
  const main = join(folder, 'main.ts');
  const saveAt = async (name: string, text: string, at: Date) => {
    await writeFile(join(folder, name), text);
    await utimes(join(folder, name), at, at);
  };
  const before = new Date(Date.now() - 60_000);
  await saveAt('part.ts', 'export const part: number = 1;', before);
  await saveAt('other.ts', 'export const other = 1;', before);
  await saveAt(
    'main.ts',
    `import { appendFileSync } from 'node:fs';
     import { part } from './part.ts';
     appendFileSync(${JSON.stringify(join(folder, 'log'))}, 'x');
     export const all = { part };`,
    before,
  );
  const plugins = [evaluatedModules([main])];
  const building = () =>
    build({ absWorkingDir: folder, entryPoints: [main], bundle: true, write: false, plugins });
  const evaluated = async () => {
    const [{ outputFiles }] = await Promise.all([building(), building()]);
    return [
      /"part.*?(\d)/.exec(outputFiles[0]?.text ?? '')?.[1],
      (await readFile(join(folder, 'log'))).length,
    ];
  };
  expect(await evaluated()).toEqual(['1', 1]);
  await writeFile(join(folder, 'other.ts'), 'export const other = 2;');
  expect(await evaluated()).toEqual(['1', 1]);
  await saveAt('part.ts', 'export const part: number = 2;', new Date());
  await setTimeout(50);
  expect(await evaluated()).toEqual(['2', 2]);
  await rm(folder, { recursive: true });
});

const pureSchemas: (folders: readonly string[]) => Plugin = createRequire(import.meta.url)(
  '../../../../infra/packaging/pure-schemas.cjs',
);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'schemas-'));
  await symlink(join(import.meta.dirname, '../../../../node_modules'), join(folder, 'node_modules'));
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

const leanClients: (project: string) => Plugin = createRequire(import.meta.url)(
  '../../../../infra/packaging/lean-clients.cjs',
);

test('of the retries of the SDK a bundle has what decides, and reads headers as the SDK does', async () => {
  const outfile = join(folder, 'retries.mjs');
  const { outputFiles } = await build({
    stdin: { contents: "export { getRetryAfterHint } from '@smithy/core/retry';", resolveDir: projectDir },
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    write: false,
    plugins: [leanClients(projectDir)],
  });
  const text = outputFiles[0]?.text ?? '';
  expect(text).not.toMatch(/An error was encountered in a non-retryable streaming request/);
  expect(text).not.toMatch(/Uint8ArrayBlobAdapter/);
  await writeFile(outfile, text);
  const own: typeof import('@smithy/core/retry') = await import(outfile);
  const at = new Date(Date.now() + 3_600_000).toUTCString();
  const headers = [
    ['retry-after', '120'],
    ['retry-after', at],
    ['retry-after', at.replace(' GMT', '.5 GMT')],
    ['retry-after', 'Friday, 31-Dec-99 23:59:59 GMT'],
    ['retry-after', 'soon GMT'],
    ['x-amz-retry-after', '1500'],
  ] as const;
  for (const [name, value] of headers) {
    const response = { statusCode: 503, headers: { [name]: value } };
    const [ours = 0, theirs = 0] = [own, sdk].map((each) => each.getRetryAfterHint(response)?.getTime());
    // Each counts from its own now.
    expect([name, value, Math.abs(ours - theirs) < 1_000]).toEqual([name, value, true]);
  }
});

/** Holds the file `late` back until the stand-in was loaded for somebody else. */
function heldBack(late: string): Plugin {
  const standIn = Promise.withResolvers<void>();
  return {
    name: 'held-back',
    setup(build) {
      build.onLoad({ filter: /[\\/]not-bundled\.ts$/ }, () => {
        standIn.resolve();
        return undefined;
      });
      build.onLoad({ filter: new RegExp(`[\\\\/]${late}\\.ts$`) }, async () => {
        await standIn.promise;
        return undefined;
      });
    },
  };
}

test('what stands in for parts of libraries is the same in a bundle, whichever of them esbuild finds first', async () => {
  const imports = {
    names: "export { search } from '@aws-lambda-powertools/jmespath';",
    streams: "export { eventStreamSerdeProvider } from '@smithy/core/event-streams';",
  };
  const names = Object.keys(imports);
  for (const [name, text] of Object.entries(imports)) await writeFile(join(folder, `${name}.ts`), text);
  const all = names.map((name) => `import('./${name}.ts')`).join(', ');
  await writeFile(join(folder, 'all.ts'), `export const all = [${all}];`);
  const { plugins = [], ...options } = bundleOptions(projectDir, [join(folder, 'all.ts')]);
  const building = names.map(async (late) => {
    const out = { outbase: folder, outdir: join(folder, late) };
    await build({ ...options, ...out, plugins: [heldBack(late), ...plugins] });
    return readFile(join(folder, late, 'all.mjs'), 'utf8');
  });
  const [one, other] = await Promise.all(building);
  expect(one).toContain('is not bundled');
  expect(other).toBe(one);
});
