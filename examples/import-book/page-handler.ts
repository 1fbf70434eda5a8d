import { type JobHandler, PermanentError } from '../../shared/author/index.ts';
import type { importPage as contract } from './page-contract.ts';

/** No other attempt can read the page. */
export class UnreadablePageError extends PermanentError {
  override name = 'UnreadablePageError';
}

const wordsOfPage = 250;

export const importPage: JobHandler<typeof contract> = async ({ page, isUnreadable = false }, job) => {
  await job.pause(0.1); // stands for the work
  if (isUnreadable) throw new UnreadablePageError(`page ${page} cannot be read`);
  return { page, words: wordsOfPage };
};
