import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { bundle } from '../../infra/bundle.ts';
import { keep } from '../kept-output.ts';
import { withProjectCopy } from '../project-copy.ts';

/** The catalogs of job types, with the one that a function of ours submits itself. */
export const engineCatalogs: Readonly<Record<string, string>> = {
  contracts: `import { bulkAction } from './bulk-action/contract.ts';
    export const contracts = { 'bulk-action': bulkAction };`,
  schedules: 'export const schedules = [];',
  'handlers/standard': 'export const standardHandlers = {};',
  'handlers/long': 'export const longHandlers = () => ({});',
};

/**
 * Maximum sizes in kilobytes, minified but not compressed: a cold start must parse as much. Lines, metrics, error groups, spans,
 * the last lines of a job and its cost were allowed 3 % of the first three and of worker.
 */
const limits = {
  // What keeps each payload is 3 of it: requests to S3. What a job waits for, and who has answered, is 2 of it; what a message says of
  // a parent is 1. Who the parent of a job is, and the routes to children, are 1 of it, and of pages.
  submit: 336,
  status: 275,
  wait: 275,
  // croner, which says when a schedule comes next, is 33 of it, and of pages; the operator's view, with the calls of DynamoDB
  // that it alone makes, 17. The look for stuck jobs is 3. Signals are 9,
  // with what the document says of them. Who ends a job tells its parent and its children: that is 5 here, in pages, in admission and in
  // dead-letter. To erase children is 5 here and in bulk, of which the store of batches has 1, in pages, too.
  // How far children are, and each of them, is 11, with what the document says of them.
  api: 582,
  // The form for an answer is 2 of it.
  pages: 505,
  // Steps are 5 of it, and of the two below, and signals 5; outages around a job, and types without a handler, are 4; children 17: to
  // spawn them, to send ten a call, and to count their ends. What steps write to the output, and waits for what comes first, are 3.
  worker: 394,
  // The client of SES is 75 of it, with what it needs of the SDK for REST-JSON (15).
  'long-worker': 486,
  bulk: 412,
  // The client of EventBridge Scheduler is 20 of it, as of notify. What becomes of stuck jobs is 3. What jobs wait for is 1 of it, and of
  // dead-letter.
  admission: 370,
  'dead-letter': 316,
  // The client of SES is 75 of it.
  notify: 450,
};

/** What each function deploys of the engine, whatever job types a project has. */
export function describeEngineBundles(): void {
  test.each(Object.entries(limits))('the engine in %s has less than %i KB', async (name, limit) => {
    const { size } = await stat(join(await engineBundles(), 'functions', name, 'handler.mjs'));
    expect(size / 1000).toBeLessThan(limit);
  });
}

const engineBundles = (): Promise<string> =>
  keep('engine-bundles', { paths: ['functions', 'job-types', 'shared', 'infra'] }, (outdir) =>
    withProjectCopy(async (project) => {
      for (const [name, text] of Object.entries(engineCatalogs))
        await writeFile(join(project, `job-types/${name}.ts`), text);
      await bundle(
        project,
        Object.keys(limits).map((name) => `functions/${name}/handler.ts`),
        // The catalogs that were written here.
        { outdir, conditions: ['module'] },
      );
    }),
  );
