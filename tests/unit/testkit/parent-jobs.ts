import { text } from 'node:stream/consumers';
import * as z from 'zod/mini';
import { defineJob } from '../../../shared/author/contract.ts';
import { type JobContext, type JobHandler, withCancel } from '../../../shared/author/handler.ts';
import { PermanentError } from '../../../shared/domain/base/errors.ts';
import { zObject } from '../../../shared/domain/objects/z-object.ts';

/** Jobs that spawn children: right ones, and for each planted bug one that has it. */

export const page = defineJob({
  payload: z.strictObject({ number: z.number(), token: z.optional(z.string()) }),
  result: z.strictObject({ words: z.int() }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
const results = z.strictObject({ words: z.int(), failed: z.array(z.string()) });
const common = {
  queue: 'long',
  result: results,
  hasSteps: true,
  timeoutSeconds: 300,
  maxAttempts: 3,
} as const;
export const chapter = defineJob({ ...common, payload: z.strictObject({ first: z.int() }) });
export const book = defineJob({ ...common, payload: z.strictObject({ pages: z.int() }) });

type Handler = JobHandler<typeof book>;
export const handlerOf = (handler: Handler): Handler => handler;

const numbered = (index: number) => ({ number: index + 1 });
const spawnPages = (job: JobContext<never>, count: number) =>
  job.spawn('pages', page, { count, payload: numbered });
type Pages = Awaited<ReturnType<typeof spawnPages>>;

async function wordsOf(batch: Pages) {
  let words = 0;
  const failed: string[] = [];
  for await (const child of batch.results())
    if (child.status === 'succeeded') words += child.result.words;
    else failed.push(`${child.index}: ${child.error.name}: ${child.error.message}`);
  return { words, failed };
}

export const readPage: JobHandler<typeof page> = async ({ number }, job) => {
  await job.pause(1);
  if (number === 1 && job.attempt === 1) throw new Error('not yet');
  return { words: number };
};
export const unreadable = ({ number }: { number: number }) => {
  if (number === 2) throw new PermanentError('it cannot be read');
  return { words: number };
};

export const readBook: Handler = async ({ pages }, job) => {
  const batch = await spawnPages(job, pages);
  await batch.settled();
  return wordsOf(batch);
};

/** What its children are for is looked up in a step, and is another list each time. */
export const readList =
  ({ list }: { list: () => Promise<readonly number[]> }): Handler =>
  async (_payload, job) => {
    const numbers = await job.step('list', () => list());
    const batch = await job.spawn('pages', page, { list: numbers.map((number) => ({ number })) });
    await batch.succeeded();
    return wordsOf(batch);
  };

export const proof = defineJob({
  payload: z.strictObject({ text: zObject() }),
  result: z.strictObject({ read: z.string() }),
  timeoutSeconds: 30,
  maxAttempts: 3,
});
export const proofRead: JobHandler<typeof proof> = async ({ text: object }, job) => ({
  read: await text(job.object(object).stream()),
});

/** It hands what a child has written to another one. */
export const proofPage: Handler = async (_payload, job) => {
  const batch = await spawnPages(job, 1);
  for await (const child of batch.results()) {
    if (child.status !== 'succeeded' || !child.output) continue;
    const { read } = await job.call('proof', proof, { text: child.output.name });
    return { words: 1, failed: [read] };
  }
  return { words: 0, failed: [] };
};

/** It reads what its children have written, too. */
export const readTexts: Handler = async ({ pages }, job) => {
  const batch = await spawnPages(job, pages);
  const failed: string[] = [];
  for await (const child of batch.results())
    if (child.status === 'succeeded') failed.push(child.output ? await text(child.output.stream()) : 'none');
  return { words: pages, failed };
};
export const writePage: JobHandler<typeof page> = async ({ number }, job) => {
  await job.output({ contentType: 'text/plain' }).write(`page ${number}`);
  return { words: number };
};

export const readInGroups: Handler = async ({ pages }, job) => {
  const group = (index: number) => (index === 1 ? undefined : 'a');
  const batch = await job.spawn('pages', page, { count: pages, payload: numbered, group });
  await batch.settled();
  return wordsOf(batch);
};

export const readChapter: JobHandler<typeof chapter> = async ({ first }, job) => {
  const { words } = await job.call('page', page, { number: first });
  return { words, failed: [] };
};
export const readChapters: Handler = async ({ pages }, job) => {
  const batch = await job.spawn('chapters', chapter, {
    count: pages,
    payload: (index) => ({ first: index + 1 }),
  });
  let words = 0;
  for await (const child of batch.results()) if (child.status === 'succeeded') words += child.result.words;
  return { words, failed: [] };
};

export const needsAll: Handler = async ({ pages }, job) => {
  const batch = await spawnPages(job, pages);
  await batch.succeeded();
  return wordsOf(batch);
};

export const ofList: Handler = async ({ pages }, job) => {
  const numbers = await job.step('numbers', () => Array.from({ length: pages }, () => job.now() % 1000));
  const batch = await job.spawn('pages', page, { list: numbers.map((number) => ({ number })) });
  const { unsuccessful } = await batch.settled();
  return { words: unsuccessful, failed: [] };
};

export const sideBySide: Handler = async ({ pages }, job) => {
  const [one, other] = [
    await job.spawn('odd', page, { count: pages, payload: (index) => ({ number: 2 * index + 1 }) }),
    await job.spawn('even', page, { count: pages, payload: (index) => ({ number: 2 * index }) }),
  ];
  const ends = await Promise.all([one.settled(), other.settled()]);
  return { words: ends.reduce((sum, { succeeded }) => sum + succeeded, 0), failed: [] };
};

export const oneByOne: Handler = async ({ pages }, job) => {
  const { words } = await wordsOf(await spawnPages(job, pages));
  await job.pause(2);
  const next = await job.spawn('next', page, { count: 2, payload: () => ({ number: words }) });
  return wordsOf(next);
};

export const callsOne: Handler = async ({ pages }, job) => {
  const { words } = await job.call('last', page, { number: pages });
  return { words, failed: [] };
};

export const readNone: Handler = async (_payload, job) => wordsOf(await spawnPages(job, 0));

export const leavesThem: Handler = async ({ pages }, job) => {
  await job.spawn('pages', page, { count: pages, payload: numbered, whenParentEnds: 'leave' });
  return { words: 0, failed: [] };
};

/** Its cancel has nothing to end. */
export const withOwnCancel = {
  contract: defineJob({ ...common, payload: book.payload, hasCancel: true }),
  handler: withCancel<typeof book>(readBook, async (_payload, job) => {
    job.log.info('canceled');
  }),
};

interface Sender {
  readonly find: (words: number) => Promise<boolean>;
  readonly send: (words: number, signal: AbortSignal) => Promise<void>;
}
export const sendsWords =
  ({ find, send }: Sender): Handler =>
  async ({ pages }, job) => {
    const result = await wordsOf(await spawnPages(job, pages));
    if (!(await find(result.words))) await send(result.words, job.signal);
    return result;
  };

type SenderOnly = { readonly send: (words: number) => Promise<unknown> };
export const sending =
  (run: (job: JobContext<never>, batch: Pages, send: SenderOnly['send']) => Promise<unknown>) =>
  ({ send }: SenderOnly): Handler =>
  async ({ pages }, job) => {
    const batch = await spawnPages(job, pages);
    await run(job, batch, send);
    return wordsOf(batch);
  };
export const sendsBesideWait = sending((_job, batch, send) => Promise.all([send(1), batch.settled()]));
export const sendsDuringWait = sending((_job, batch, send) => {
  const settled = batch.settled();
  return Promise.all([settled, send(1)]);
});
export const sendsInStep = sending((job, batch, send) =>
  Promise.all([batch.settled(), job.step('send', () => send(1))]),
);

export const asking = defineJob({
  ...common,
  payload: book.payload,
  signals: { approve: z.strictObject({ isOk: z.boolean() }) },
});
const mailing =
  (makeLink: (job: Parameters<JobHandler<typeof asking>>[1]) => Promise<string>): JobHandler<typeof asking> =>
  async ({ pages }, job) => {
    const link = await makeLink(job);
    await job.call('mail', page, { number: pages, token: link });
    await job.waitFor('approve', { signal: 'approve', until: 60 });
    return { words: 0, failed: [] };
  };
export const linkInStep = mailing((job) => job.step('link', () => job.signalLink('approve')));
export const linkOutsideOfStep = mailing((job) => job.signalLink('approve'));

export const timeInPayload: Handler = async ({ pages }, job) =>
  wordsOf(await job.spawn('pages', page, { count: pages, payload: () => ({ number: Date.now() }) }));

export const uuidInPayload: Handler = async ({ pages }, job) => {
  const token = job.uuid();
  const payload = (index: number) => ({ number: index, token });
  return wordsOf(await job.spawn('pages', page, { count: pages, payload }));
};

export const attemptInPayload: Handler = async ({ pages }, job) => {
  const payload = (index: number) => ({ number: index, token: `attempt ${job.attempt}` });
  return wordsOf(await job.spawn('pages', page, { count: pages, payload }));
};

export const countChanges: Handler = async ({ pages }, job) =>
  wordsOf(await spawnPages(job, pages + (job.now() % 2)));

export const branchByTime: Handler = async ({ pages }, job) => {
  const key = job.now() % 3 === 0 ? 'one' : 'other';
  const batch = await job.spawn(key, page, { count: pages, payload: numbered });
  return wordsOf(batch);
};

export const branchByAttempt: Handler = async ({ pages }, job) => {
  const key = job.attempt === 1 ? 'first' : 'again';
  const batch = await job.spawn(key, page, { count: pages, payload: numbered });
  return wordsOf(batch);
};

export const forgetsToWait: Handler = async ({ pages }, job) => {
  const { count } = await spawnPages(job, pages);
  return { words: count, failed: [] };
};

export const forgetsAwait: Handler = async ({ pages }, job) => {
  const batch = await spawnPages(job, pages);
  batch.settled();
  return { words: pages, failed: [] };
};

export const throwsForFailed: Handler = async ({ pages }, job) => {
  const batch = await spawnPages(job, pages);
  for await (const child of batch.results())
    if (child.status !== 'succeeded') throw new Error(`page ${child.index + 1} has failed`);
  return { words: pages, failed: [] };
};
