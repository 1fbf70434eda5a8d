import { describe, expect, it } from '@jest/globals';
import { childHandler } from '../../../../testkit/children.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { runJob } from '../../../../testkit/run-job.ts';
import { importBook as contract } from '../../../import-book/contract.ts';
import { importBook } from '../../../import-book/handler.ts';
import { importPage as pageContract } from '../../../import-book/page-contract.ts';
import { importPage } from '../../../import-book/page-handler.ts';

const book = { contract, handler: importBook };
const page = { contract: pageContract, handler: importPage };
const children = { 'import-page': childHandler(pageContract, importPage) };

describe('import-book', () => {
  it('runs from the standard queue: a job that waits most of its time takes no invocation of its own', () => {
    expect(contract.queue).toBe('standard');
  });

  it('makes a child for each page, with the number that people give it', async () => {
    const run = await runJob(book, { book: 'Faust', pages: 2 }, { children });
    expect(run.result).toEqual({ pages: 2, failed: [] });
    expect(run.children.map(({ payload }) => payload)).toEqual(
      [1, 2].map((at) => ({ book: 'Faust', page: at, isUnreadable: false })),
    );
  });

  it('says of 1,000 pages which three have failed, and why', async () => {
    const unreadable = [1000, 1, 471];
    const { result } = await runJob(book, { book: 'Faust', pages: 1000, unreadable }, { children });
    expect(result).toEqual({
      pages: 1000,
      failed: [1, 471, 1000].map((at) => ({ page: at, reason: `page ${at} cannot be read` })),
    });
  });

  it('survives every cut, and whatever becomes of its pages', async () => {
    await cutEverywhere(book, { book: 'Faust', pages: 3, unreadable: [2] }, { children });
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
