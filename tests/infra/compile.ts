import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { compiledPaths, type Version } from './compiled.ts';

const root = join(import.meta.dirname, '../..');
const config: object = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config;

const sources = new Map<string, ts.SourceFile | undefined>();
let before: ts.Program | undefined;

/** @returns the errors of a version, as `tsc` prints them */
function compile({ include, files = {} }: Version): string {
  const parsed = ts.parseJsonConfigFileContent({ ...config, include, exclude: [] }, ts.sys, root);
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(root, name), text]));
  const names = new Set([...parsed.fileNames, ...texts.keys()]);
  before = ts.createProgram([...names], parsed.options, hostWith(texts, parsed.options), before);
  requireKnown(
    before.getSourceFiles().map(({ fileName }) => relative(root, fileName)),
    files,
  );
  const errors = [...parsed.errors, ...ts.getPreEmitDiagnostics(before)];
  return ts.formatDiagnostics(errors, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => '\n',
  });
}

/** @throws if a version reads what is not of the inputs by which its errors are kept */
function requireKnown(read: readonly string[], files: Readonly<Record<string, string>>): void {
  const known = [...compiledPaths, ...Object.keys(files), 'node_modules'];
  const unknown = read.filter((name) => !known.some((path) => name === path || name.startsWith(`${path}/`)));
  if (unknown.length > 0) throw new Error(`compiledPaths lacks ${unknown.join(', ')}`);
}

/** Files of the project, but for some that have another text. What no version changes is read and parsed once. */
function hostWith(texts: ReadonlyMap<string, string>, options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const folders = new Set([...texts.keys()].map((name) => dirname(name)));
  return {
    ...host,
    getSourceFile(name, target) {
      const text = texts.get(name);
      if (text !== undefined) return ts.createSourceFile(name, text, target, true);
      if (!sources.has(name)) sources.set(name, host.getSourceFile(name, target));
      return sources.get(name);
    },
    readFile: (name) => texts.get(name) ?? host.readFile(name),
    fileExists: (name) => texts.has(name) || host.fileExists(name),
    directoryExists: (name) => folders.has(name) || (host.directoryExists?.(name) ?? false),
  };
}

const versions: readonly Version[] = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(versions.map(compile)));
