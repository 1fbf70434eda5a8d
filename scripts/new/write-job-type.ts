import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import { addToCatalog, type Catalog, catalogLine, catalogsOf, isTaken } from './add-to-catalog.ts';
import type { NewType } from './check-type-name.ts';
import { jobTypeFiles, testOf } from './job-type-files.ts';

/**
 * Writes the files of a job type, and adds it to both catalogs.
 * @returns the files that are new, and those that have changed
 * @throws UsageError, and then nothing was written
 */
export async function writeJobType(projectDir: string, type: NewType): Promise<readonly string[]> {
  const inProject = (path: string): string => join(projectDir, path);
  const files = jobTypeFiles(type);
  const isNew = [`job-types/${type.name}`, testOf(type)];
  for (const path of isNew)
    if (existsSync(inProject(path))) throw new UsageError(`${path} exists already. Nothing was written.`);
  const catalogs = await Promise.all(
    catalogsOf(type).map(async (catalog) => ({
      path: catalog.path,
      text: withType(await readFile(inProject(catalog.path), 'utf8'), catalog, type),
    })),
  );
  try {
    for (const { path, text } of files) {
      await mkdir(dirname(inProject(path)), { recursive: true });
      await writeFile(inProject(path), text, { flag: 'wx' });
    }
    for (const { path, text } of catalogs) await writeFile(inProject(path), text);
  } catch (error) {
    // Half a type would be in the way of the next try. None of this was there before.
    for (const path of isNew) await rm(inProject(path), { recursive: true, force: true });
    throw error;
  }
  return [...files, ...catalogs].map(({ path }) => path);
}

function withType(source: string, catalog: Catalog, type: NewType): string {
  if (isTaken(source, type))
    throw new UsageError(
      `${catalog.path} has a "${type.name}", or a variable "${type.identifier}", already. Nothing was written.`,
    );
  const changed = addToCatalog(source, catalog, type);
  if (changed !== undefined) return changed;
  const [contracts, handlers] = catalogsOf(type);
  throw new UsageError(
    [
      `${catalog.path} does not look as expected. Nothing was written.`,
      'Mend it, or add the type by hand (docs/add-a-job-type.md), with these lines in the catalogs:',
      ...[contracts, handlers].flatMap((each) =>
        each ? [`${each.path}:`, `  ${each.importLine(type)}`, catalogLine(type)] : [],
      ),
    ].join('\n'),
  );
}
