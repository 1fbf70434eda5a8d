import type { HistoryEntry, JobItem } from '../contracts/job-item.ts';

/**
 * An item has 400 KB, which have to do for the message (260), a saved state (64), 500 dependents (19), and the history:
 * a job that cannot store its end never comes to one. So its entries are counted, and what they say is short.
 */
const mostEntries = 240;
const longestErrorBytes = 200;

/** So much of an error's text as a history holds. */
export const shortError = (message: string): string =>
  Buffer.from(message)
    .subarray(0, longestErrorBytes)
    .toString()
    .replace(/\uFFFD+$/, '');

/** What a job does anew: the numbers of its attempts begin with it. */
const isBeginning = ({ event }: HistoryEntry): boolean => event === 'resubmitted' || event === 'handed-over';

/**
 * A history with another entry, with which the job begins anew, and with room for all that its attempts will add. If
 * there is not, what came before an earlier beginning is forgotten.
 */
export function historyWith(
  { history, maxAttempts }: Pick<JobItem, 'history' | 'maxAttempts'>,
  beginning: HistoryEntry,
): HistoryEntry[] {
  const all = [...history, beginning];
  const most = mostEntries - 2 * maxAttempts;
  if (all.length <= most) return all;
  const latest = all.slice(-most);
  return latest.slice(latest.findIndex(isBeginning));
}
