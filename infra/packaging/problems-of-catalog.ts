import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { catalogConditions, catalogFolders } from './job-type-catalog.ts';

const imported = /\bfrom\s+'(\.\.?\/[^']+)'/;
const defined = /^export const (\w+)\b[^=]*=\s*defineJob\b/gm;

/**
 * What is wrong between the catalogs of job types and the files of types, read from the sources: the loader would say of a line
 * whose file is gone the same with its stack, and of a contract without a line, or a variable that no function has, nobody would say anything.
 * @returns a sentence for each, with what to do
 */
export async function problemsOfCatalog(
  project: string,
  given: Parameters<typeof catalogConditions>[1] = {},
): Promise<readonly string[]> {
  const folders = catalogFolders(catalogConditions(project, given));
  const found = folders.map(async (catalog) => [
    ...(await missingImports(project, catalog)),
    ...(await unlistedContracts(project, catalog)),
  ]);
  return [...(await Promise.all(found)).flat(), ...(await unnamedVariables(project, folders))];
}

/** Of the types of a catalog, by their paths in it. */
async function sourcesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const inside = await readdir(folder, { recursive: true }).catch(() => []);
  const files = inside.filter((file) => /^(?!handlers\/).+\/[^/]+(?<!\.test)\.ts$/.test(file));
  const ours = files.filter((file) => !/(^|\/)(node_modules|tests)\//.test(file)).sort();
  return new Map(
    await Promise.all(ours.map(async (file) => [file, await textOf(join(folder, file))] as const)),
  );
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** Such as the folder of a type that was removed. */
async function missingImports(project: string, catalog: string): Promise<readonly string[]> {
  const handlers = await readdir(join(project, catalog, 'handlers')).catch(() => []);
  const files = ['contracts.ts', ...handlers.map((name) => `handlers/${name}`)];
  return (await Promise.all(files.map((name) => missingIn(project, `${catalog}/${name}`)))).flat();
}

async function missingIn(project: string, file: string): Promise<readonly string[]> {
  const source = await textOf(join(project, file));
  return source.split('\n').flatMap((line, at) => {
    const [, path] = imported.exec(line) ?? [];
    const isThere = path === undefined || existsSync(join(project, dirname(file), path));
    return isThere
      ? []
      : [
          `${file}:${at + 1} imports ${path}, which is not there. Remove this line, and the entry of what it imports; or put the file back.`,
        ];
  });
}

/** A parent may spawn a type by its contract, which no worker of this build would know by a name. */
async function unlistedContracts(project: string, catalog: string): Promise<readonly string[]> {
  const folder = join(project, catalog);
  const list = await textOf(join(folder, 'contracts.ts'));
  return [...(await sourcesOf(folder))].flatMap(([file, text]) => {
    const names = [...text.matchAll(defined)].map(([, name = '']) => name);
    const unlisted = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(list));
    return unlisted.map((name) => `${catalog}/${missingLine(name, file)}`);
  });
}

const missingLine = (name: string, file: string): string =>
  `${file} defines the contract ${name}, which is in no catalog: nobody could run its jobs. Add to contracts.ts beside its folder: import { ${name} } from './${file}'; and, in the list, '${kebab(name)}': ${name}; and its handler to that of its queue in handlers/.`;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `process.env.X`, `process.env['X']`, `{ X } = process.env`; not what is written to. */
const read =
  /process\.env(?:\.(\w+)\b|\[['"](\w+)['"]\])(?!\s*\??\??=[^=])|\{([^{}]*)\}\s*=\s*process\.env(?![.[])/g;

/** Lambda, the system, or every function has set them. */
const ofPlatform = /^(AWS_|LAMBDA_|NODE_|POWERTOOLS_|STAGE$|_X_AMZN_|TZ$|PATH$|HOME$|TMPDIR$|LANG$)/;

/** A function has the variables that some `uses.ts` names: of any other it would read `undefined`, and nobody would say so. */
async function unnamedVariables(project: string, catalogs: readonly string[]): Promise<readonly string[]> {
  const sources: [file: string, text: string][] = [];
  for (const catalog of catalogs)
    for (const [file, text] of await sourcesOf(join(project, catalog)))
      sources.push([`${catalog}/${file}`, text]);
  const named = sources.flatMap(([file, text]) => (file.endsWith('/uses.ts') ? text : [])).join('\n');
  return sources.flatMap(([file, text]) => {
    const code = text.replaceAll(/^\s*(\/\/|\/?\*).*$/gm, '');
    const unnamed = [...new Set(readIn(code))].filter(
      (name) => !ofPlatform.test(name) && !new RegExp(`\\b${name}\\b`).test(named),
    );
    return unnamed.map((name) => missingUse(name, file));
  });
}

const readIn = (code: string): readonly string[] =>
  [...code.matchAll(read)].flatMap(([, plain, quoted, several = '']) => [
    ...[plain, quoted].flatMap((name) => name ?? []),
    ...several.split(',').flatMap((part) => /^\s*(\w+)/.exec(part)?.[1] ?? []),
  ]);

function missingUse(name: string, file: string): string {
  const type = file.split('/').slice(0, -1).join('/');
  const parameter = name.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return `${file} reads ${name} of the environment, which no uses.ts names: it is undefined in every function. Write to ${type}/uses.ts: export const uses = defineUses({ variables: { ${name}: parameter('${parameter}', { pattern: /./, use: 'what it is for' }) } }); or secret('...') in place of the parameter; and read it by settingsOf(uses).${name}.`;
}
