import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { catalogConditions, catalogFolders } from './job-type-catalog.ts';

const imported = /\bfrom\s+'(\.\.?\/[^']+)'/;

/**
 * What the catalog of job types imports and nobody has any more, such as the folder of a type that was removed: a sentence for each
 * line, with what to do. The loader would say the same with its stack.
 */
export async function missingImports(
  project: string,
  given: Parameters<typeof catalogConditions>[1] = {},
): Promise<readonly string[]> {
  const found = catalogFolders(catalogConditions(project, given)).map(async (catalog) => {
    const handlers = await readdir(join(project, catalog, 'handlers')).catch(() => []);
    const files = ['contracts.ts', ...handlers.map((name) => `handlers/${name}`)];
    return (await Promise.all(files.map((name) => missingIn(project, `${catalog}/${name}`)))).flat();
  });
  return (await Promise.all(found)).flat();
}

async function missingIn(project: string, file: string): Promise<readonly string[]> {
  const source = await readFile(join(project, file), 'utf8').catch(() => '');
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
