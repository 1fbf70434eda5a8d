import { maxInterruptions } from './interruptions.ts';
import type { HistoryEntry, JobItem } from './item.ts';
import { maxActorBytes, maxHistoryEntries, maxHistoryErrorBytes } from './item-budget.ts';

/** The part of a text that an item holds. By default that of an error in a history. */
export const shortText = (text: string, maxBytes = maxHistoryErrorBytes): string =>
  Buffer.from(text)
    .subarray(0, maxBytes)
    .toString()
    .replace(/\uFFFD+$/, '');

/** The part of an actor's name that an item holds. */
export const shortActor = (actor: string): string => shortText(actor, maxActorBytes);

/** An entry after which the attempts are numbered from 1 again. */
const isNewStart = ({ event }: HistoryEntry): boolean => event === 'resubmitted' || event === 'handed-over';

/**
 * Adds an entry with which new attempts begin, and keeps room for all that they will add. Where there is no room, it
 * drops what came before an earlier entry of that kind.
 */
export function historyWith(
  { history, maxAttempts }: Pick<JobItem, 'history' | 'maxAttempts'>,
  newStart: HistoryEntry,
): HistoryEntry[] {
  const all = [...history, newStart];
  // And for the last put-off.
  const max = maxHistoryEntries - 2 * (maxAttempts + maxInterruptions + 1);
  if (all.length <= max) return all;
  const latest = all.slice(-max);
  return latest.slice(latest.findIndex(isNewStart));
}

/** Adds a hand-over. A slice that was handed over without trouble leaves only the time of the latest hand-over. */
export function historyWithHandOver(
  { history, maxAttempts }: Pick<JobItem, 'history' | 'maxAttempts'>,
  handOver: HistoryEntry,
): HistoryEntry[] {
  const smooth = history.at(-1)?.event === 'started' && history.at(-2)?.event === 'handed-over';
  return historyWith({ history: smooth ? history.slice(0, -2) : history, maxAttempts }, handOver);
}

/** Adds a put-off, in place of an earlier one with its start: there may be any number of them. */
export function historyWithPutOff(
  { history }: Pick<JobItem, 'history'>,
  putOff: HistoryEntry,
): HistoryEntry[] {
  const last = history.findLastIndex(({ event }) => event === 'put-off');
  return [...(last > 0 ? history.toSpliced(last - 1, 2) : history), putOff];
}
