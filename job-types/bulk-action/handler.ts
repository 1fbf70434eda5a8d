import type { JobHandler } from '../../shared/author/handler.ts';
import { defined } from '../../shared/domain/base/defined.ts';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import {
  type ActionOutcome,
  isPossible,
  type JobAction,
  type UnfinishedOutcome,
} from '../../shared/domain/state/job/job-action.ts';
import type { JobStatus } from '../../shared/domain/state/job/transitions.ts';
import type { BulkFilter, bulkAction as contract } from './contract.ts';

/** What a bulk action does its work with. */
export interface JobActions {
  /** A page of a tenant's jobs, newest first. `next`: where the next one begins. */
  list(request: {
    readonly tenant: string;
    readonly filter: BulkFilter;
    readonly limit: number;
    readonly below?: string | undefined;
  }): Promise<{
    readonly jobs: readonly JobItem[];
    /** Those that only newer code can read. */
    readonly newer: readonly unknown[];
    readonly next?: string;
  }>;
  /** @param by who acts: an operator, or the bulk action @returns `unfinished` if it has to be repeated */
  act(action: JobAction, seen: JobItem, by: string): Promise<UnfinishedOutcome>;
}

/** The status, if the filter names none: what was canceled on purpose is retried only on purpose. */
const defaultStatus: Readonly<Partial<Record<JobAction, JobStatus>>> = { retry: 'failed' };

/** A job that has ended since the action began may have been retried by it: it is left alone. */
const hasEndedSince = ({ finishedAt = 0 }: JobItem, time: number): boolean => finishedAt >= time;

const pageLength = 100;
const atATime = 20;

/** Pages the list of the tenant's jobs from the newest to the oldest, and saves how far it has come. */
export const bulkAction =
  ({ list, act }: JobActions): JobHandler<typeof contract> =>
  async ({ action, filter, other }, { id, tenant: own, submittedAt, resume, ...job }) => {
    const { tenant, by } = other ?? { tenant: own, by: `job:${id}` };
    const until = Math.min(filter.until ?? Infinity, submittedAt);
    const asked = { status: defaultStatus[action], ...filter, until };
    const isChosen = (one: JobItem): boolean =>
      one.id !== id &&
      isPossible[action](one.status) &&
      !hasEndedSince(one, submittedAt) &&
      (other !== undefined || isMeant(one, filter));
    let below = resume?.below;
    const counts = countsFrom(resume);
    for (;;) {
      const { jobs, newer, next } = await list({ tenant, filter: asked, limit: pageLength, below });
      // A job with many children takes several calls, and perhaps more than one slice. This page is begun again then.
      const actOn = async (seen: JobItem): Promise<ActionOutcome> => {
        for (;;) {
          const outcome = await act(action, seen, by);
          if (outcome !== 'unfinished') return outcome;
          await job.checkpoint({ ...reportOf(counts), ...defined({ below }) });
        }
      };
      const acted = await inTurns(jobs.filter(isChosen), actOn, job.signal);
      for (const outcome of acted) counts[outcome] += 1;
      counts.newer += newer.length;
      job.progress(0, wordsOf(counts));
      if (next === undefined) {
        job.progress(100, wordsOf(counts));
        return reportOf(counts);
      }
      below = next;
      await job.checkpoint({ ...reportOf(counts), below });
    }
  };

type Counts = Record<ActionOutcome, number>;

const countsFrom = ({ done = 0, requested = 0, skipped = 0, newer = 0 }: Partial<Counts> = {}): Counts => ({
  done,
  requested,
  skipped,
  newer,
});

/** What there is none of is not reported, but for the two that everybody asks for. */
const reportOf = ({ done, requested, skipped, newer }: Counts) => ({
  done,
  ...(requested > 0 ? { requested } : {}),
  skipped,
  ...(newer > 0 ? { newer } : {}),
});

const wordsOf = ({ done, requested, skipped, newer }: Counts): string =>
  [
    `${done} done`,
    ...(requested > 0 ? [`${requested} to be canceled`] : []),
    `${skipped} skipped`,
    ...(newer > 0 ? [`${newer} of a newer version`] : []),
  ].join(', ');

/** Actions of one tenant act on each other only if they are asked to. */
const isMeant = ({ type }: JobItem, filter: BulkFilter): boolean =>
  type !== 'bulk-action' || filter.type === type;

/** Some at a time, until the signal is aborted. @throws the first error, or the signal's reason */
async function inTurns<T, Result>(
  all: readonly T[],
  act: (one: T) => Promise<Result>,
  signal: AbortSignal,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < all.length; at += atATime) {
    signal.throwIfAborted();
    results.push(...(await Promise.all(all.slice(at, at + atATime).map(act))));
  }
  return results;
}
