import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeProjectCopy, projectDir } from '../project-copy.ts';
import { errorsOf } from './compiled.ts';
import { changedBy, create, filesOfCopy, module, run } from './new-types.ts';

const deployed = ['functions', 'job-types', 'shared'];
const statuses = 'shared/domain/state/job/transitions.ts';
const statusesOfClient = 'client/src/job-status.ts';
const list = 'export const jobStatuses = [';
/** The file with a list of statuses, with one more. */
async function withNew(path: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(join(projectDir, path), 'utf8');
  expect(text).toContain(list);
  return { [path]: text.replace(list, `${list}'unheard-of', `) };
}

const clientPath = 'client/src/create-client.ts';
const clientText = await readFile(join(projectDir, clientPath), 'utf8');
const withoutPause = clientText.replace(/^ *pauseSchedule: .*\n/m, '');

/** A copy of the project with a new job type of each queue. */
const copy = await makeProjectCopy(filesOfCopy);
afterAll(() => copy.remove());
const written = [
  await create(copy.dir, 'word-count'),
  await create(copy.dir, 'render-frames', '--long'),
  await create(copy.dir, 'train-model', '--server'),
];
const changed = written.flatMap(changedBy);
const texts = changed.map(async (path) => [path, await readFile(join(copy.dir, path), 'utf8')] as const);

const waits = 'shared/domain/state/waits/wait.ts';
const waitsText = await readFile(join(projectDir, waits), 'utf8');
const withWait = waitsText.replace('export type JobWait =\n', "$&  | Wait<'unheard-of'>\n");

const logger = 'shared/aws/observe/logger.ts';
const loggerText = await readFile(join(projectDir, logger), 'utf8');

/** The handler that the README shows, with what it leaves out. */
const [, shown = ''] = /```ts\n(.*?)```/s.exec(await readFile(join(projectDir, 'README.md'), 'utf8')) ?? [];
const readme = `
import * as z from 'zod/mini';
import { defineJob, type JobHandler } from '../shared/author/index.ts';
import { sendEmail } from './send-email/contract.ts';
declare const fetchBook: (book: string) => Promise<string>;
declare const publish: (book: string, options: { readonly key: string }) => Promise<void>;
const week = 7 * 24 * 3600;
const page = z.strictObject({ text: z.string(), page: z.int() });
const translatePage = defineJob({ payload: page, result: z.string(), timeoutSeconds: 30, maxAttempts: 3 });
const contract = defineJob({
  payload: z.strictObject({ book: z.string(), pages: z.int(), reviewer: z.string() }),
  result: z.object({ state: z.enum(['published', 'refused']) }),
  hasSteps: true,
  signals: { review: z.strictObject({ isOk: z.boolean() }) },
  timeoutSeconds: 30,
  maxAttempts: 3,
});
${shown}`;

// All at once: that they share most of what they import makes one compilation of many.
const [
  all = [],
  withNewStatus = [],
  withNewStatusOfClient = [],
  withNewWait = [],
  withoutMethod = [],
  withNewTypes = [],
  ofReadme = [],
  onLeanLogger = [],
] = await errorsOf([
  { include: [...deployed, 'tests/fixtures'] },
  { include: [...deployed, 'tests/fixtures/client-in-use'], files: await withNew(statuses) },
  { include: ['client/src', 'client/jobctl/src'], files: await withNew(statusesOfClient) },
  { include: deployed, files: { [waits]: withWait } },
  { include: ['client/src'], files: { [clientPath]: withoutPause } },
  { include: ['job-types'], files: Object.fromEntries(await Promise.all(texts)) },
  { include: ['job-types'], files: { 'job-types/readme.ts': readme } },
  {
    include: [logger],
    files: { [logger]: loggerText.replace('@aws-lambda-powertools/logger', '../lean/logger.ts') },
  },
]);

/** The compiler's errors for a folder of `tests/fixtures`, and those outside of all of these folders. */
const errorsIn = (fixture: string): readonly string[] =>
  all.filter(
    (error) => error.startsWith(`tests/fixtures/${fixture}/`) || !error.startsWith('tests/fixtures/'),
  );

test('the compiler accepts the handler that the README shows', () => {
  expect(shown).toMatch(/job\.step.*job\.spawn.*job\.waitFor/s);
  expect(ofReadme).toEqual([]);
});

// A bundle has the lean one, which has no more than that.
test('the compiler accepts the logger on what takes the place of Powertools', () => {
  expect(loggerText).toContain("from '@aws-lambda-powertools/logger'");
  expect(onLeanLogger).toEqual([]);
});

test('the compiler accepts a complete catalog', () => {
  expect(errorsIn('complete-catalog')).toEqual([]);
});

test('the compiler accepts typed calls of the client, and its types are those of the answers', () => {
  expect(errorsIn('client-in-use')).toEqual([]);
});

test.each([
  ['a contract without a handler', 'contract-without-handler', /TS2741: Property 'counting' is missing/],
  ['a handler without a contract', 'handler-without-contract', /TS2353: .* 'undeclared' does not exist/],
  [
    'a handler in the catalog of another queue',
    'handler-on-the-wrong-queue',
    /TS2353: .* 'counting' does not exist/,
  ],
  ['a result that does not match the contract', 'result-that-does-not-fit', /TS2322: .*seconds: string/],
  [
    'a payload field that the contract does not have',
    'payload-misread',
    /TS2339: Property 'minutes' does not exist/,
  ],
  [
    'a schedule whose payload does not match the contract of its type',
    'schedule-that-does-not-fit',
    /TS2322: Type 'string' is not assignable to type 'number'/,
  ],
  [
    'a handler of a route that has no entry in the table of routes',
    'route-without-entry',
    /TS2353: .*pause'' does not exist/,
  ],
  [
    'a function that lacks the handler of one of its routes',
    'route-without-handler',
    /TS2741: Property '"GET \/jobs\/\{id\}"' is missing/,
  ],
  [
    'a handler that takes a grant for a caller',
    'grant-taken-for-a-caller',
    /TS2339: Property 'tenant' does not exist/,
  ],
  [
    "a call of the client with a payload that the type's contract refuses",
    'client-wrong-payload',
    /TS2322: Type 'string' is not assignable to type 'number'/,
  ],
  [
    'a call of the client with a type that there is not',
    'client-unknown-type',
    /TS2345: Argument of type '"countdwon"' is not assignable/,
  ],
  [
    'a field of a result that the contract does not have',
    'client-result-misread',
    /TS2339: Property 'minutes' does not exist on type '{ seconds: number; }'/,
  ],
])('the compiler rejects %s', (_case, fixture, error) => {
  const [first, ...more] = errorsIn(fixture);
  expect(first).toMatch(error);
  expect(first).toContain(`tests/fixtures/${fixture}/`);
  expect(more).toEqual([]);
});

test('the deployed code compiles with the present statuses', () => {
  expect(all.filter((error) => !error.startsWith('tests/fixtures/'))).toEqual([]);
});

const filesWith = (errors: readonly string[]): readonly string[] =>
  [...new Set(errors.map((error) => error.replace(/\(.*/, '')))].sort();

test('the deployed code does not compile with a new status until every place that decides by status handles it', () => {
  expect(filesWith(withNewStatus)).toEqual([
    'functions/pages/html/words.ts', // what people read for it
    'shared/admission/check-dependencies.ts', // whether a dependency can still succeed
    'shared/delivery/classify-delivery.ts', // what a message with this status means
    'shared/domain/state/job/transitions.ts', // what follows from a status alone
    'shared/operations/act/cancel-job.ts', // how a job is canceled
    'tests/fixtures/client-in-use/use-client.ts', // that the client knows it, too
  ]);
});

test('so it is with the client and the command line, when the client knows the new status', () => {
  expect(filesWith(withNewStatusOfClient)).toEqual([
    'client/jobctl/src/terminal/job-text.ts', // how it looks, what to say of such a job, and what it waits for
    'client/src/job-status.ts', // whether the job has ended, and how
  ]);
});

test('the deployed code does not compile with a new kind of wait until every place that tells of waits handles it', () => {
  expect(withWait).toContain('unheard-of');
  expect(filesWith(withNewWait)).toEqual([
    'functions/pages/job/timeline.ts', // what a timeline calls it
    'functions/pages/job/wait-section.ts', // what the page of a job says
    'shared/domain/state/waits/wait.ts', // how it is read, and whether a start after it is late
    'shared/http/responses/wait-reason.ts', // what the API says
  ]);
});

test('the client does not compile without one of its calls', () => {
  expect(withoutPause).not.toBe(clientText);
  expect(withoutMethod).toEqual([
    expect.stringMatching(/^client\/src\/create-client\.ts.*'pauseSchedule' is missing/),
  ]);
});

describe('a new type of each queue', () => {
  test('is written with its test, and its author is told what is next', () => {
    for (const { code, err } of written) expect([code, err]).toEqual([0, '']);
    const [standard, long, server] = written.map(({ out }) => out);
    expect(standard).toContain('npm run jest -- tests/unit/job-types/word-count\n');
    expect(standard).toContain(`npx jobctl submit word-count --payload '{"names":["Ada","Grace"]}' --wait\n`);
    expect(standard).toContain('  job-types/handlers/standard.ts\n');
    expect(long).toContain('  job-types/handlers/long.ts\n');
    expect(server).toContain('  job-types/handlers/server.ts\n');
    expect(server).toContain('npm run worker');
    expect(changed).toHaveLength(15);
  });

  test('compiles', () => {
    expect(withNewTypes).toEqual([]);
  });

  test('is formatted', async () => {
    const checked = await run(copy.dir, [module('@biomejs/biome/bin/biome'), 'check', ...changed]);
    expect([checked.code, checked.err]).toEqual([0, expect.stringContaining('No fixes applied')]);
  });

  test('passes its own test', async () => {
    const tests = ['word-count', 'render-frames', 'train-model'].map(
      (name) => `tests/unit/job-types/${name}`,
    );
    const jest = [module('jest/bin/jest.js'), '--runInBand'];
    const { err } = await run(copy.dir, [...jest, '--selectProjects', 'unit', '--', ...tests]);
    expect(err).toContain('Tests:       6 passed, 6 total');
  });
});
