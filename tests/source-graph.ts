import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';

/** Which of our files leads to which. All paths are relative to the root. */

const root = join(import.meta.dirname, '..');

/** @returns what git prints, or undefined if it cannot tell */
export function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

/** @returns the files in which the working tree differs from a commit, or undefined if there is no such commit here */
export function touchedSince(commit: string): readonly string[] | undefined {
  const changed = git('diff', '--name-only', commit);
  if (changed === undefined) return undefined;
  const added = git('ls-files', '--others', '--exclude-standard') ?? '';
  return `${changed}\n${added}`.split('\n').filter((name) => name !== '');
}

export type Edges = (file: string) => readonly string[];

const onceEach = (find: Edges): Edges => {
  const known = new Map<string, readonly string[]>();
  return (file) => {
    const found = known.get(file) ?? find(file);
    known.set(file, found);
    return found;
  };
};

/** Those of the working tree. */
export const ourFiles: readonly string[] = (
  git('ls-files', '--cached', '--others', '--exclude-standard') ?? ''
)
  .split('\n')
  .filter((path) => existsSync(join(root, path)));
const isOurs = new Set(ourFiles);
const named = Map.groupBy(ourFiles, (path) => basename(path));

export const textOf = (file: string): string =>
  isOurs.has(file) ? readFileSync(join(root, file), 'utf8') : '';

/** An import that leaves something to run. Types are no part of a run. */
const imports = /^(?:import|export) (?!type )[^;'"]*?'(\.[^']+|#job-types\/[^']+)'/gm;
/** What `#job-types/` may stand for: `imports` of package.json. */
const catalogs = ['job-types', 'examples', 'tests/job-types'];

const importedAs = (name: string, file: string): readonly string[] =>
  name.startsWith('#')
    ? catalogs.map((folder) => name.replace('#job-types', folder)).filter((path) => isOurs.has(path))
    : [normalize(join(dirname(file), name))];

export const importedBy: Edges = onceEach((file) =>
  [...textOf(file).matchAll(imports)].flatMap(([, name = '']) => importedAs(name, file)),
);

/** Files, and whatever of the project they load. */
export function loadedBy(files: readonly string[]): ReadonlySet<string> {
  const loaded = new Set(files);
  // A set also brings what is added while it is read.
  for (const file of loaded) for (const name of importedBy(file)) loaded.add(name);
  return loaded;
}

const noCode = /(?<=^|\s)(?:\/\*[\s\S]*?\*\/|\/\/.*$|#\s.*$)|^(?:import|export) type [^']*'[^']*';/gm;
const paths = /(?<![\w@.-])(?:[\w.-]+\/)*[\w.-]+\.(?:tsx?|[cm]?js|css|ya?ml|json|md|py|sh|html|handler)\b/g;
const code = /\.(tsx?|[cm]?js|ya?ml)$/;

/** Which file a name in the code of another one means: from its folder, from the root, or the only one that is called so. */
function meantBy(name: string, file: string): readonly string[] {
  const path = name.replace(/\.handler$/, '.ts');
  const near = [join(dirname(file), path), normalize(path.replace(/^(\.+\/)+/, ''))].filter((each) =>
    isOurs.has(each),
  );
  const alone = named.get(path) ?? [];
  return near.length === 0 && alone.length === 1 ? alone : near;
}

/** What a file imports, and what its code names: a program that it starts, a document that it reads, the handler of a function. */
export const namedBy: Edges = onceEach((file) => {
  if (!code.test(file)) return [];
  const names = textOf(file).replace(noCode, '').match(paths) ?? [];
  const found = names.flatMap((name) => meantBy(name, file)).filter((path) => path !== file);
  return [...new Set([...importedBy(file), ...found])];
});
