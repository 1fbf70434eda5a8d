import type { JobItem } from '../../domain/state/job/item.ts';
import { hasFailed, isClaimed, isTerminal } from '../../domain/state/job/transitions.ts';
import type { JobSample, SampledJob } from '../../domain/state/ports.ts';
import { goesOnAt } from '../../domain/state/waits/wait.ts';

/** Which jobs are looked over: all that is named must be so. With an error: jobs that failed with this error. */
export interface SurveyFilter {
  readonly tenant?: string | undefined;
  readonly type?: string | undefined;
  readonly error?: string | undefined;
}

export interface Survey {
  readonly sampled: number;
  readonly share: number;
  readonly units: number;
  /** The tenants with the most jobs that have not ended. */
  readonly tenants: readonly {
    readonly tenant: string;
    readonly queued: number;
    readonly waiting: number;
    readonly running: number;
  }[];
  /** The most frequent failures. */
  readonly failures: readonly {
    readonly tenant: string;
    readonly type: string;
    readonly error: string;
    readonly jobs: number;
    readonly latestAt: number;
    /** Of the latest jobs, the latest first. */
    readonly ids: readonly string[];
  }[];
  /** The jobs that could have started long ago, the oldest first. `dueAt`: epoch milliseconds. */
  readonly oldest: readonly (Pick<SampledJob, 'id' | 'tenant' | 'type' | 'status'> & {
    readonly dueAt: number;
  })[];
}

const shown = 10;

/**
 * What a sample says of the whole table: numbers are divided by its share.
 * @param now epoch milliseconds
 */
export function surveyOf(
  { jobs, share, units }: JobSample,
  { filter, now }: { readonly filter: SurveyFilter; readonly now: number },
): Survey {
  const estimate = (count: number): number => Math.round(count / share);
  const wanted = jobs.filter((job) => isWanted(job, filter));
  const going = wanted.filter(({ status }) => !isTerminal(status));
  const tenants = grouped(going, ({ tenant }) => tenant).map(({ first: { tenant }, all }) => {
    const having = (one: JobItem['status']) => estimate(all.filter(({ status }) => status === one).length);
    return { tenant, queued: having('queued'), waiting: having('waiting'), running: having('running') };
  });
  const failed = wanted
    .filter(({ status }) => hasFailed(status))
    .sort((one, other) => endOf(other) - endOf(one));
  const failures = grouped(failed, ({ tenant, type, errorName }) =>
    JSON.stringify([tenant, type, errorName]),
  ).map(({ first, all }) => ({
    tenant: first.tenant,
    type: first.type,
    error: first.errorName ?? '',
    jobs: estimate(all.length),
    latestAt: endOf(first),
    ids: all.slice(0, shown).map(({ id }) => id),
  }));
  const due = going.flatMap(({ id, tenant, type, status, ...job }) => {
    const dueAt = isClaimed(status) ? undefined : dueAtOf(job);
    return dueAt === undefined || dueAt > now ? [] : [{ id, tenant, type, status, dueAt }];
  });
  return {
    sampled: jobs.length,
    share,
    units,
    tenants: tenants.sort((one, other) => sumOf(other) - sumOf(one)).slice(0, shown),
    failures: failures.sort((one, other) => other.jobs - one.jobs).slice(0, shown),
    oldest: due.sort((one, other) => one.dueAt - other.dueAt).slice(0, shown),
  };
}

const isWanted = (
  { status, errorName, ...job }: SampledJob,
  { tenant, type, error }: SurveyFilter,
): boolean =>
  (tenant === undefined || job.tenant === tenant) &&
  (type === undefined || job.type === type) &&
  (error === undefined || (hasFailed(status) && errorName === error));

/**
 * Since when a job could have started; undefined if it waits for something that has no time. A job that nobody takes is
 * not written either, so it was last written when it was submitted, retried or admitted.
 */
function dueAtOf({ updatedAt, wait }: Pick<SampledJob, 'updatedAt' | 'wait'>): number | undefined {
  if (wait === undefined) return updatedAt;
  const at = goesOnAt(wait);
  return at === undefined ? undefined : Math.max(updatedAt, at);
}

const endOf = ({ finishedAt, updatedAt }: SampledJob): number => finishedAt ?? updatedAt;
const sumOf = ({ queued, waiting, running }: Survey['tenants'][number]): number => queued + waiting + running;

/** Groups in the order of their first members. */
function grouped<T>(
  all: readonly T[],
  keyOf: (one: T) => string,
): readonly { readonly first: T; readonly all: readonly T[] }[] {
  const groups = new Map<string, { first: T; all: T[] }>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.all.push(one);
    else groups.set(keyOf(one), { first: one, all: [one] });
  }
  return [...groups.values()];
}
