import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../project-copy.ts';
import { errorsOf } from './compiled.ts';

const edited = 'shared/job/transitions.ts';
const last = "'canceled'] as const;";

/** The deployed code, as it is and with one more status. */
const [present = [], withNewStatus = []] = await errorsOf({
  include: ['functions', 'job-types', 'shared'],
  versions: ['as it is', { file: edited, from: last, to: last.replace(']', ", 'paused']") }],
});

/** The files that have errors. */
const filesOf = (errors: readonly string[]): readonly string[] =>
  [...new Set(errors.map((error) => error.replace(/\(.*/, '')))].sort();

test('the deployed code compiles with the present statuses', () => {
  expect(present).toEqual([]);
});

// CONTRIBUTING.md lists the same places.
test('the deployed code does not compile with a new status until every place that decides by status handles it', () => {
  expect(readFileSync(join(root, edited), 'utf8')).toContain(last);
  expect(filesOf(withNewStatus)).toEqual([
    'functions/admission/check-dependencies.ts', // whether a dependency can still succeed
    'functions/pages/words.ts', // what people read for it
    'shared/delivery/classify-delivery.ts', // what a message with this status means
    'shared/job/transitions.ts', // what follows from a status alone
    'shared/operations/cancel-job.ts', // how a job is canceled
  ]);
});
