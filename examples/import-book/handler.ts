import type { JobHandler } from '../../shared/author/index.ts';
import type { importBook as contract } from './contract.ts';
import { importPage } from './page-contract.ts';

/** Some pages that fail do not fail the book: it says which they are. */
export const importBook: JobHandler<typeof contract> = async ({ book, pages, unreadable = [] }, job) => {
  const batch = await job.spawn('pages', importPage, {
    count: pages,
    payload: (index) => ({ book, page: index + 1, isUnreadable: unreadable.includes(index + 1) }),
  });
  const { unsuccessful } = await batch.settled();
  if (unsuccessful === 0) return { pages, failed: [] };
  const failed: { page: number; reason: string }[] = [];
  for await (const child of batch.results())
    if (child.status !== 'succeeded') failed.push({ page: child.index + 1, reason: child.error.message });
  return { pages, failed };
};
