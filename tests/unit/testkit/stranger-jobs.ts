import { fileURLToPath } from 'node:url';
import type { JobHandler } from '../../../shared/author/handler.ts';
import { childHandler, childResult } from '../../../testkit/children.ts';
import { type CutReport, cutEverywhere } from '../../../testkit/cut-everywhere.ts';
import type { FindingKind } from '../../../testkit/findings.ts';
import type { GivenSignal } from '../../../testkit/job-under-test.ts';
import * as work from '../../fixtures/kit-modules/job-types/real-work.ts';
import * as families from '../../fixtures/kit-modules/job-types/right-families.ts';
import { inTransaction } from '../../fixtures/kit-modules/job-types/sql.ts';
import { stocking } from './stranger-faults.ts';
import { bucket } from './stranger-services.ts';

/** Right jobs as somebody writes them who knows the docs alone: real work, and children whose types have key functions. */

type Row = readonly [name: string, test: () => Promise<CutReport>];
const allow: readonly FindingKind[] = ['effect never happens'];
const files = ['faults.test.ts', 'right-jobs.test.ts', 'ledger.ts'].map((file) =>
  fileURLToPath(new URL(file, import.meta.url)),
);
const children = {
  'count-page': childHandler(families.countPage, families.countWords),
  'ask-page': childHandler(families.askPage, families.askWords),
  'fair-page': childResult(families.fairPage, ({ page }) => ({ words: page })),
  'many-pages': childResult(families.manyPages, (list) => ({ words: list.length })),
  'timed-page': childResult(families.timedPage, ({ page }) => ({ words: page })),
  'read-page': childHandler(families.readPage, families.readWords),
  remind: childHandler(families.remind, families.reminding),
};
const go: readonly GivenSignal[] = [{ name: 'go', answer: { isOk: true } }];

const packing =
  (
    handlerWith: (bucket: work.Bucket) => JobHandler<typeof work.packing>,
    signals: readonly GivenSignal[] = [],
  ) =>
  () => {
    const options = { effects: bucket, children, signals, allow };
    return cutEverywhere({ contract: work.packing, handlerWith }, { files }, options);
  };
const reading = (handler: JobHandler<typeof families.library>) => () =>
  cutEverywhere({ contract: families.library, handler }, { book: 'Faust', files }, { children });

export const strangerJobs: readonly Row[] = [
  ['files that are packed one after another', packing(work.oneAfterAnother)],
  ['files that are packed all at once', packing(work.allAtOnce)],
  ['files that are packed and put in one step', packing(work.readAndPut)],
  ['files that are sent once', packing(work.sentOnce)],
  ['two files at a time', packing(work.twoAtATime)],
  ['a step that waits for another', packing(work.stepForStep)],
  ['a key that is derived beside children', packing(work.besideChildren)],
  ['files that are packed beside a wait', packing(work.besideAnswer, go)],
  ['a file that is not there, after some tries', packing(work.triesAgain)],
  ['files that are streamed into the output', packing(work.streamed)],
  ['files that are copied to a folder', packing(work.inFolder)],
  ['files that are put under a limit', packing(work.limited)],
  ['images that are made small', packing(work.madeSmall)],
  ['steps whose work has ended together', packing(work.endTogether)],
  ['files that are packed outside of steps', packing(work.outsideOfSteps)],
  ['children of a type with a key in limits', reading(families.withLimits)],
  ['children of a type with a key in partLimits', reading(families.withPartLimits)],
  ['children of a type with fairBy', reading(families.withFairBy)],
  ['children that get lists', reading(families.withLists)],
  ['children of a type whose copies are others', reading(families.withDefaults)],
  ['children that read files', reading(families.withReaders)],
  ['a child that is meant to end with the job', reading(families.withReminder)],
  ['children that are waited for by waitFor', reading(families.untilStopped)],
  ['rows in a transaction, whose connection is closed if it fails', stocking(inTransaction)],
];
