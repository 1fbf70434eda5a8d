import { readFile, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { BuildOptions } from 'esbuild';
import { bundle, bundleOptions } from '../../infra/packaging/bundle.ts';
import { keep } from '../kept-output.ts';
import { projectDir, withProjectCopy } from '../project-copy.ts';

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
 * the last lines of a job and its cost were allowed 3 % of the first three and of worker. All write lines without Powertools' logger, which is
 * 20 less, and have no schema that they do not use, which is 2 to 6. Without the routes of other functions, and without what
 * lets people in, the first three have 8 less (ADR 126).
 */
const limits = {
  // What keeps each payload is 3 of it: requests to S3. What a job waits for, and who has answered, is 2 of it; what a message says of
  // a parent is 1. What names the parent of a job is 1 of it, and of pages.
  // What items and messages say of batches, of output in steps and of what a batch hands down is half of 1 of each.
  // Whom of its tenant a job is for, and the groups of messages, are 1 of it, of the workers, of admission and of dead-letter.
  // The limit of a tenant at the door is 4 of submit; what an answer says of a limit is 1 of each.
  // What an item says of a pause is a quarter of 1, here and in wait.
  // That a pause may refuse a submission is 3 of it: the pauses are read. What an answer says of that is half of 1 of each.
  // Which ordered queue a tenant has is 3 of it, of the workers, of bulk and of admission. That groups are refused while their queue is full
  // is 2 of it, of api and of pages, and a fifth of 1 of status. That a tenant may be moved to another one is 1 of it, of bulk and of admission.
  // The other limits of a tenant are 3 of submit, 2 of api and 1 of pages. That each request may count is 7 of status and of wait: the only
  // write that they make, the list of own limits, and the door.
  // The number of unfinished jobs at the door is 6 of submit, of api and of pages; what items and messages say of it is a third of 1 of each.
  // Those of groups, and of what waits, are 2 of submit, of api and of pages; where such jobs are in the indexes is half of 1 of each.
  // The waits that a tenant has open are 2 of it, and 1 of wait. What reads of dependencies cost is 1 of it and of api.
  // Which job a submission means, if its type is unique, and where its first try is kept, is 2 of it, of api, pages and the workers; the id of
  // a unique job is half of 1 of admission.
  // Debounced jobs are 7 of it, of api, of pages, and of the workers, whose jobs submit them: which job takes the payload, the two writes,
  // the item that names the job, and the pointer. What an item says of them is a quarter of 1 of all others.
  // That each of the nine kinds of waits has words is 1 of it, of status and of wait, 2 of api, and 3 of pages.
  // The share of a tenant is 2 of it, of api and of pages: what a process counts, and takes. Of all others the row and the lag are half of 1.
  // That replays under new keys count is 1 of it, of api, of pages and of the two workers; lists of children are a tenth.
  // What a failed call means, by the names of refusals, is 2 of it, and of all below that call S3 (ADR 135). What no field of a handler's log
  // may stand for is 1 of those that run jobs. The end of a link, and the secret of an address, are 7 of api, with what the document says of
  // them, and half of 1 of pages.
  // What lean clients refuse to send, and what a body may not say of an error, is 1 of all.
  // That the URLs of all queues follow from one is a third of 1 of all that have some, and half a KB of variables less. Where the
  // settings of job types are a file, who runs them reads that: a fifth of 1 of worker and of long-worker.
  submit: 167,
  // A caller by a verified token is a quarter of 1 of it, and of all that ask who calls.
  // The progress of a job that waits for its children is 3 of both: the schemas of a batch, its reads, and what counts them.
  // Without the table of transitions, which only writers need, both have 4 less. What was answered, in words, is a tenth of 1.
  // One file puts together the texts of the writes of all kinds: 2 more for these two, which make one write, and 2 to 3 less for all that
  // make several.
  status: 100,
  wait: 101,
  // croner, which says when a schedule comes next, is 33 of it, and of pages; the operator's view, with the calls of DynamoDB
  // that it alone makes, 17. The look for stuck jobs is 3. Signals are 9,
  // with what the document says of them. Who ends a job tells its parent and its children: that is 5 here, in pages, in admission and in
  // dead-letter. To erase children is 5 here and in bulk, of which the store of batches has 1, in pages, too.
  // How far children are, and each of them, is 12, with what the document says of them. One child, its cancel, and a retry of those that
  // failed are 16, most of it what the document says.
  // A retry of one child alone is 3 of it, and 1 of the others that ask for rounds or begin them.
  // The limit of a tenant is 7, with the door of a batch, and what the document says of a limit. Pauses are 10, half of it what the document
  // says. That a pause refuses submissions is 5, with what the document says of it.
  // What the document says of more ordered queues, and of one that is full, is 2 of it.
  // What lists cost and bulk actions at once are 4 of it, and 3 of pages.
  // For which place a job waits is a tenth of 1 of it, of pages, of dead-letter and of notify.
  // One search of a job's lines at a time is 2 of it, and of pages. Its limit is a tenth of 1 of all.
  // What is silent in a batch, and who asks its parent to look for lost children, is 1 of it, of pages, of the three workers and of dead-letter.
  // Which frames of a stack are of a user's code is 0.9 of it, and of pages.
  // That a job which has succeeded is at 100 percent, what each child waits for, and what the document says of that, is a third of 1.
  // That there is a queue of slow receivers is a tenth of 1 of it, and of pages.
  // What the document says of calls and fields has left the pages of docs: 8.
  api: 492,
  // The form for an answer is 2 of it, and the same by a link 3. The bars of children, and the page of those of a batch, are 9.
  // The limits of a tenant are 9, with what the dashboard says of them; what is paused is 3. That a pause refuses a form
  // is 2. What an arrival time says of starts that were given back is a tenth of 1 of it, and of notify; that a job waits for its turn, another.
  // That a search of the list goes on by itself, and says how far it is, is half of 1.
  // What a page says of children that are not counted, of what each waits for, and from where a job goes on, is half of 1.
  // The words of a question, its buttons, and what was answered, are 3 of it, and a tenth of 1 of the two workers.
  pages: 380,
  // Steps are 5 of it, and of the two below, and signals 5; outages around a job, and types without a handler, are 4; children 17: to spawn
  // them, to send ten a call, and to count their ends. What decides a batch early is 2 of it, of the two below and of bulk, and 1 of
  // functions that end jobs. Links for answers are 5 of it, with the entries of the access table, and 1 of the two below. By what jobs
  // submit others is 22 of it, and 19 of long-worker: the checks of a submission, the list of suspended tenants, and what a stage is set up
  // for. That of a context alone is 1 of bulk. What steps write to the output, and waits for what comes first, are 3. In which groups
  // children are is half of 1 of it, and of long-worker, and 1 of bulk, which has had no rules for a group's name. To read what is paused,
  // and to hold it, is 3 of it, of long-worker and of bulk. That submissions have bounds is a quarter of 1 of it. That the limit of a
  // tenant counts what jobs make is 7 of it: the rates, and the door. When attempts with a limit start is 3 of it, and of long-worker; the
  // time that jobs run for is 2, and the queue of a tenant that moves 1. That a type has several limits of starts, and a part of a job has
  // one, is 3 of it, of long-worker and of bulk. The places of attempts, and the line of those who wait, are 11 of it, of long-worker and
  // of bulk. What returns a batch whose configuration cannot be read is 1.4 of it, and of the five below: what reads the environment has a
  // line and a metric for that, and the address of a queue by its ARN. What has held back a job that starts, and what one waits for that
  // goes on later, is half of 1 of it and of long-worker, and 1 of bulk. A strict line of calls is 3 of it, of long-worker and of bulk: its
  // item, its lease, and who may make the next call.
  worker: 284,
  // That a root is kept for a run which asks late, says whether it is erased or gone, and knows how many have failed, is 2.4 of it, of
  // long-worker and of bulk, 1.6 of api and pages, and 1.3 of admission and dead-letter.
  // The limit of a tenant's mails is 7 of it, and of notify.
  'long-worker': 287,
  // The cursor of the look for lost children is 1 of it. That a waiting parent may be asked for a round is in the store of batches: half
  // of 1, as in dead-letter.
  // The table of limits of a tenant is half of 1 of it.
  // That retries count in the limit of a tenant is 6 of it: the rates, and the door.
  // That the URLs of all queues follow from that of one is half of 1 of it.
  // The time that jobs run for, and the queue of a tenant that moves, are 3 of it.
  bulk: 267,
  // What becomes of stuck jobs is 3 of it. What jobs wait for is 1 of it, and of dead-letter. When a notification was tried first, and
  // that it was given up, is a fifth of 1 of both.
  // That the list of suspended tenants has limits is half of 1 of it, and of notify.
  // The table of limits has a word more of three limits: a tenth of 1 of it, and of dead-letter.
  // That occurrences of schedules count in the limit of a tenant is 5 of it, as 6 of bulk.
  // How it lets a debounced job run, or leaves it to another pointer, is half of 1 of it.
  // The look at a batch that may have lost children is 3 of it.
  // That a paused job is due whose pointer comes before the look has written that is 1 of it.
  admission: 159,
  'dead-letter': 122,
  // The breakers of endpoints, their table and their schemas are 13 of it. Those that take nothing are 1.
  // Webhooks that wait for their turn are 2 of it; how many are parked is 1. How fast endpoints answer, and the queue of slow ones, are 2.
  notify: 162,
};

/** What each function deploys of the engine, whatever job types a project has. */
export function describeEngineBundles(): void {
  test.each(Object.entries(limits))('the engine in %s has less than %i KB', async (name, limit) => {
    const { size } = await stat(join(await engineBundles(), 'functions', name, 'handler.mjs'));
    expect(size / 1000).toBeLessThan(limit);
  });

  test('the engine has lean clients, unless a stage wants those of the SDK, which job types have anyway', async () => {
    const [status, type] = ['functions/status/handler', 'job-types/type'];
    const handler = "export { SQSClient } from '@aws-sdk/client-sqs';";
    const bundleWith = (plugins: BuildOptions['plugins'], path: string) =>
      withProjectCopy(async (project) => {
        await writeFile(join(project, 'job-types/type.ts'), handler);
        const outdir = join(project, 'out');
        await bundle(project, [`${path}.ts`], { outdir, ...(plugins && { plugins }) });
        return readFile(join(outdir, `${path}.mjs`), 'utf8');
      });
    expect(pluginsOf('lean').filter((name) => name !== 'lean-clients')).toEqual(pluginsOf('sdk'));
    expect(pluginsOf('lean')).toContain('lean-clients');
    const withSdk = (plugins: BuildOptions['plugins'] = []) =>
      plugins.filter(({ name }) => name !== 'lean-clients');
    expect(await bundleWith(undefined, status)).not.toContain(ofSdk);
    expect(await bundleWith(undefined, type)).toContain(ofSdk);
    expect(await bundleWith(withSdk(bundleOptions(projectDir, []).plugins), status)).toContain(ofSdk);
  });
}

/** In the code of the SDK's clients, which say with each call who they are. */
const ofSdk = 'aws-sdk-js';

/** What esbuild is told for a stage. */
const pluginsOf = (awsClients: string): readonly string[] => {
  const settings: (serverless: object) => { readonly plugins: readonly { readonly name: string }[] } =
    createRequire(import.meta.url)('../../infra/packaging/esbuild.config.cjs');
  const getProvider = () => ({ getStage: () => 'prod' });
  const params = { default: { examples: false, awsClients }, prod: {} };
  return settings({
    getProvider,
    configurationInput: { params },
    processedInput: { options: {} },
  }).plugins.map(({ name }) => name);
};

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
