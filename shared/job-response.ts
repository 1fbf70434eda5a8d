import type { HistoryEntry, JobItem } from './contracts/job-item.ts';
import type { JobResponse } from './contracts/job-response.ts';
import { isTerminal } from './job.ts';

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
const isoOrNull = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined ? null : iso(milliseconds);

/** What the API shows of a job. */
export const toJobResponse = (item: JobItem, statusUrl: string): JobResponse => ({
  id: item.id,
  type: item.type,
  status: item.status,
  progress: item.progress ?? null,
  attempt: item.attempt,
  maxAttempts: item.maxAttempts,
  slices: item.slices ?? 0,
  result: item.result === undefined ? null : JSON.parse(item.result),
  error: item.error ?? null,
  ...(item.group === undefined ? {} : { group: item.group }),
  ...(item.dependsOn === undefined ? {} : { dependsOn: item.dependsOn }),
  ...(item.runAt === undefined ? {} : { runAt: iso(item.runAt) }),
  history: toldHistory(item.history),
  createdAt: iso(item.createdAt),
  startedAt: isoOrNull(item.startedAt),
  updatedAt: iso(item.updatedAt),
  finishedAt: isoOrNull(item.finishedAt),
  statusUrl,
});

/** Numbers the starts, and tells of the attempts whose end nobody could write. */
function toldHistory(entries: readonly HistoryEntry[]): JobResponse['history'] {
  const told: JobResponse['history'] = [];
  let attempt = 0;
  let open = false;
  for (const entry of entries) {
    const starts = entry.event === 'started';
    if (starts && open) told.push({ event: 'crashed', at: iso(entry.at), attempt });
    attempt = entry.attempt ?? (starts ? attempt + 1 : attempt);
    open = starts;
    told.push({ ...entry, at: iso(entry.at), attempt });
  }
  return told;
}

/**
 * Seconds after which it is worth looking again: often at first, seldom for a job that takes long; for one that waits
 * for its time, not before that, but after 5 minutes at the latest.
 */
export function retryAfterSeconds(item: JobItem, now: number): number | undefined {
  if (isTerminal(item.status)) return undefined;
  const ageSeconds = (now - item.createdAt) / 1000;
  const often = Math.min(30, Math.max(1, Math.round(ageSeconds / 10)));
  const dueInSeconds = (Math.max(item.runAt ?? 0, item.notBefore ?? 0) - now) / 1000;
  return Math.max(often, Math.min(300, Math.ceil(dueInSeconds)));
}
