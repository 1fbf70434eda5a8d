import { describe, expect, it } from '@jest/globals';
import type { Child, ChildBatch, JobContext, PayloadOf } from '../../../../shared/author/index.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { aJobContext } from '../../../../tests/set-ups/job-context.ts';
import { importBook } from '../../../import-book/handler.ts';
import { importPage as pageContract } from '../../../import-book/page-contract.ts';
import { importPage } from '../../../import-book/page-handler.ts';

type Page = PayloadOf<typeof pageContract>;
const page = { contract: pageContract, handler: importPage };

/** Stands in for `job.spawn`: the kit runs one job, and no children. It does each child once, as soon as it is read. */
function spawned() {
  const payloads: Page[] = [];
  const childOf = async (payload: Page, index: number): Promise<Child<typeof pageContract>> => {
    try {
      return {
        index,
        id: `child-${index}`,
        status: 'succeeded',
        result: await importPage(payload, aJobContext()),
      };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const { name, message } = error;
      return { index, id: `child-${index}`, status: 'failed', error: { name, message } };
    }
  };
  const spawn = async (
    key: string,
    _contract: typeof pageContract,
    { count, payload }: { count: number; payload: (index: number) => Page },
  ): Promise<ChildBatch<typeof pageContract>> => {
    for (let index = 0; index < count; index += 1) payloads.push(pageContract.payload.parse(payload(index)));
    const ends = await Promise.all(payloads.map(childOf));
    const unsuccessful = ends.filter(({ status }) => status !== 'succeeded').length;
    return {
      ...{ key, count },
      settled: async () => ({ succeeded: count - unsuccessful, unsuccessful }),
      succeeded: () => Promise.reject(new Error('this test expects no such call')),
      results: async function* () {
        yield* ends;
      },
    };
  };
  return { payloads, job: aJobContext({ spawn: spawn as unknown as JobContext['spawn'] }) };
}

describe('import-book', () => {
  it('makes a child for each page, with the number that people give it', async () => {
    const { payloads, job } = spawned();
    expect(await importBook({ book: 'Faust', pages: 2 }, job)).toEqual({ pages: 2, failed: [] });
    expect(payloads.map((payload) => payload.page)).toEqual([1, 2]);
  });

  it('says of 10,000 pages which three have failed, and why', async () => {
    const { job } = spawned();
    const unreadable = [10_000, 1, 4711];
    const { pages, failed } = await importBook({ book: 'Faust', pages: 10_000, unreadable }, job);
    expect(pages).toBe(10_000);
    expect(failed).toEqual(
      [1, 4711, 10_000].map((at) => ({ page: at, reason: `page ${at} cannot be read` })),
    );
  });
});

describe('import-page', () => {
  it('fails at its first attempt if the page cannot be read', async () => {
    const { status, attempts, error } = await runJob(page, { book: 'Faust', page: 7, isUnreadable: true });
    expect([status, attempts, error?.name]).toEqual(['failed', 1, 'UnreadablePageError']);
  });

  it('survives every cut', async () => {
    await cutEverywhere(page, { book: 'Faust', page: 7 });
  });
});
