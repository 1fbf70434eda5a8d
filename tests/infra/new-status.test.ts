import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';
import { root } from '../project-copy.ts';

const edited = join(root, 'shared/job/transitions.ts');

/** The deployed code, compiled as if the list of statuses had one more. @returns the files with errors */
function filesThatDoNotCompile(newStatus: string | undefined): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const include = ['functions', 'job-types', 'shared'];
  const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, include }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (name) => {
    const text = readFile(name);
    if (newStatus === undefined || relative(edited, name) !== '') return text;
    return text?.replace("'canceled'] as const;", `'canceled', '${newStatus}'] as const;`);
  };
  const errors = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options, host));
  return [...new Set(errors.map(({ file }) => relative(root, file?.fileName ?? '')))].sort();
}

test('the deployed code compiles with the statuses that there are', () => {
  expect(filesThatDoNotCompile(undefined)).toEqual([]);
});

// CONTRIBUTING.md names these places, too.
test('a new status does not compile until every place that decides by status has decided', () => {
  expect(readFileSync(edited, 'utf8')).toContain("'canceled'] as const;");
  expect(filesThatDoNotCompile('paused')).toEqual([
    'functions/admission/check-dependencies.ts', // whether a dependency can still succeed
    'shared/delivery/classify-delivery.ts', // what a message means that may not start its job
    'shared/job/transitions.ts', // what follows from a status alone
    'shared/operations/cancel-job.ts', // how a job is canceled
  ]);
});
