import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Conditions of `imports` in package.json, beside the default. */
const catalogs = ['engine-tests', 'examples'];

/** What Node.js was told with `--conditions=`, here or in NODE_OPTIONS. */
function readConditions(): readonly string[] {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  const conditions = options.match(/(?<=--conditions=)\S+/g) ?? [];
  return conditions.filter((name) => catalogs.includes(name));
}

/**
 * Which catalog `#job-types/` stands for: a condition of `imports` in package.json. Without one it is job-types/. This
 * process may have been told another catalog; a stage has the samples if its parameter says so, and they are there.
 * @param project the folder of package.json
 */
export function catalogConditions(
  project: string,
  { examples = false }: { readonly examples?: unknown } = {},
): readonly string[] {
  const ofProcess = readConditions();
  if (ofProcess.length > 0) return ofProcess;
  return String(examples) === 'true' && existsSync(join(project, 'examples')) ? ['examples'] : [];
}

/** The same for esbuild, which has `module` only as long as nobody names a condition. */
export const bundleConditions = (...catalog: Parameters<typeof catalogConditions>): string[] => [
  'module',
  ...catalogConditions(...catalog),
];

/** Where each catalog is: as `imports` in package.json has it. */
const folders: Readonly<Record<string, string>> = { 'engine-tests': 'tests/job-types', examples: 'examples' };

/**
 * The folders of the types of these conditions: first that of the catalog, then the user's own, of which all catalogs
 * have some.
 */
export const catalogFolders = (conditions: readonly string[]): readonly string[] => [
  ...conditions.flatMap((name) => folders[name] ?? []),
  'job-types',
];
