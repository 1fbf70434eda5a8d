import { join, relative } from 'node:path';
import ts from 'typescript';
import type { Compilation } from './compiled.ts';

const root = join(import.meta.dirname, '../..');
const config: object = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config;

/** `node compile.ts <compilation>` prints the errors of each version, as `tsc` prints them. */
function compile({ include, versions }: Compilation): readonly string[] {
  const parsed = ts.parseJsonConfigFileContent({ ...config, include, exclude: [] }, ts.sys, root);
  const host = ts.createCompilerHost(parsed.options);
  const read = host.getSourceFile.bind(host);
  const files = new Map<string, ts.SourceFile | undefined>();
  /** What no version changes is read and parsed once. */
  const once: typeof read = (name, options) => {
    if (!files.has(name)) files.set(name, read(name, options));
    return files.get(name);
  };
  let before: ts.Program | undefined;
  return versions.map((edit) => {
    host.getSourceFile = (name, options) => {
      const file = once(name, options);
      if (edit === 'as it is' || !file || relative(join(root, edit.file), name) !== '') return file;
      return ts.createSourceFile(name, file.text.replace(edit.from, edit.to), options, true);
    };
    before = ts.createProgram(parsed.fileNames, parsed.options, host, before);
    const errors = [...parsed.errors, ...ts.getPreEmitDiagnostics(before)];
    return ts.formatDiagnostics(errors, { ...host, getCurrentDirectory: () => root });
  });
}

const [, , compilation = ''] = process.argv;
console.log(JSON.stringify(compile(JSON.parse(compilation))));
