import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';
import { root } from '../project-copy.ts';

const edited = join(root, 'shared/job/transitions.ts');

/** Compiles the deployed code, with one more status if there is one. @returns the files with errors */
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

test('the deployed code compiles with the present statuses', () => {
  expect(filesThatDoNotCompile(undefined)).toEqual([]);
});

// CONTRIBUTING.md lists the same places.
test('the deployed code does not compile with a new status until every place that decides by status handles it', () => {
  expect(readFileSync(edited, 'utf8')).toContain("'canceled'] as const;");
  expect(filesThatDoNotCompile('paused')).toEqual([
    'functions/admission/check-dependencies.ts', // whether a dependency can still succeed
    'functions/pages/words.ts', // what people read for it
    'shared/delivery/classify-delivery.ts', // what a message with this status means
    'shared/job/transitions.ts', // what follows from a status alone
    'shared/operations/cancel-job.ts', // how a job is canceled
  ]);
});
