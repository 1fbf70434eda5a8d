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
  const max = maxHistoryEntries - 2 * (maxAttempts + maxInterruptions + maxPutOffs);
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

/** How many put-offs are told apart since the attempts began anew: there may be any number of them. */
const maxPutOffs = 8;

/** Numbers, such as those of a time, do not make it another reason. */
const reasonOf = ({ error = '' }: HistoryEntry): string => error.replace(/\d+/g, '#');

/**
 * Adds a put-off. One that says the same as the one before it is counted there, and leaves no start of its own. Where
 * there is no room, it takes the place of the last one. A crash is the only end that the next start tells of: it stays
 * where it is.
 */
export function historyWithPutOff(
  { history }: Pick<JobItem, 'history'>,
  putOff: HistoryEntry,
): HistoryEntry[] {
  const before = history.at(-2);
  const latest = history.slice(history.findLastIndex(isNewStart) + 1);
  const isFull = latest.filter(({ event }) => event === 'put-off').length >= maxPutOffs;
  if (before?.event === 'put-off' && (isFull || reasonOf(before) === reasonOf(putOff)))
    return [
      ...history.slice(0, -2),
      { ...putOff, at: before.at, times: (before.times ?? 1) + 1, lastAt: putOff.at },
    ];
  return isFull ? withoutLastPutOff(history, putOff) : [...history, putOff];
}

function withoutLastPutOff(history: readonly HistoryEntry[], putOff: HistoryEntry): HistoryEntry[] {
  const last = history.findLastIndex(({ event }) => event === 'put-off');
  const [crashed, start, { attempt, times = 1 } = putOff] = history.slice(last - 2);
  const crash: readonly HistoryEntry[] =
    start && crashed?.event === 'started' ? [{ event: 'crashed', at: start.at, attempt }] : [];
  return [...history.toSpliced(last - 1, 2, ...crash), { ...putOff, times: times + 1 }];
}
