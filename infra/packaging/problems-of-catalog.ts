import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { catalogConditions, catalogFolders } from './job-type-catalog.ts';

const imported = /\bfrom\s+'(\.\.?\/[^']+)'/;
const defined = /^export const (\w+)\b[^=]*=\s*defineJob\b/gm;

/**
 * What is wrong between the catalogs of job types and the files of types, read from the sources: the loader would say of a line
 * whose file is gone the same with its stack, and of a contract without a line nobody would say anything.
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
  return (await Promise.all(found)).flat();
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
  const inside = await readdir(folder, { recursive: true }).catch(() => []);
  const files = inside.filter((file) => file.endsWith('.ts') && !/(^|\/)(node_modules|tests)\//.test(file));
  const found = files.sort().map(async (file) => {
    const names = [...(await textOf(join(folder, file))).matchAll(defined)].map(([, name = '']) => name);
    return names.flatMap((name) => (new RegExp(`\\b${name}\\b`).test(list) ? [] : [missingLine(name, file)]));
  });
  const inProject = relative(project, folder);
  return (await Promise.all(found)).flat().map((problem) => `${inProject}/${problem}`);
}

const missingLine = (name: string, file: string): string =>
  `${file} defines the contract ${name}, which is in no catalog: nobody could run its jobs. Add to contracts.ts beside its folder: import { ${name} } from './${file}'; and, in the list, '${kebab(name)}': ${name}; and its handler to that of its queue in handlers/.`;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
