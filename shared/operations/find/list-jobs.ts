import { failureOf } from '../../domain/state/failures/failure.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import { childListKeysOf, listKeyOf, listPositionOf } from '../../domain/state/job/list-keys.ts';
import type { NewerItem } from '../../domain/state/job/newer-item.ts';
import type { JobStatus } from '../../domain/state/job/transitions.ts';
import type { JobList, Listed, ListQuery } from '../../domain/state/ports.ts';

/** Which jobs of a tenant are asked for. A job must have all that is named here. */
export interface JobFilter {
  /** Then only this one is asked for, whatever list it is in. */
  readonly id?: string | undefined;
  readonly status?: JobStatus | undefined;
  readonly type?: string | undefined;
  readonly group?: string | undefined;
  /** The group of errors that a failed job is in. */
  readonly error?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Created at this time or later, epoch milliseconds. */
  readonly since?: number | undefined;
  /** Created before this time, epoch milliseconds. */
  readonly until?: number | undefined;
}

export interface ListRequest {
  readonly tenant: string;
  readonly filter: JobFilter;
  /** At least 1. */
  readonly limit: number;
  /** The position where the page before this one ended. */
  readonly below?: string | undefined;
}

export interface ListDependencies {
  readonly list: JobList;
  /** As many as submissions were ever spread over: the number may grow, not shrink. */
  readonly listShards: number;
}

/** A job that only newer code can read, in its place of the list. */
export interface NewerJob {
  readonly id: string;
  readonly version: number;
  readonly position: string;
}

export interface JobPage {
  readonly jobs: readonly JobItem[];
  /** Whether these pass the filter, this code cannot tell. */
  readonly newer: readonly NewerJob[];
  /** Where the next page begins, unless this is the last one. */
  readonly next?: string;
  /** What it cost, in read units. */
  readonly units: number;
}

/** A page of a filter that few jobs pass ends after so many read units: then it comes short, with a next one. */
export const maxUnitsAPage = 500;
/** Of failed jobs, whose message is kept, 25 may have 10 MB. */
const readAtOnce = 25;
/** Sorts after every position. */
const end = '~';

/** Jobs that have a list of their own. */
const lists: Readonly<Partial<Record<JobStatus, ListQuery['list']>>> = { failed: 'failed' };

/**
 * One page of a tenant's jobs, newest first. Their place in the list never changes, so no job comes twice, and none is
 * missed that was in the list when its first page was read.
 * @throws StoreUnavailableError
 */
export async function listJobs(request: ListRequest, deps: ListDependencies): Promise<JobPage> {
  const { id } = request.filter;
  return id === undefined ? pageOf(request, deps) : oneJob(id, request, deps);
}

async function oneJob(id: string, request: ListRequest, { list }: ListDependencies): Promise<JobPage> {
  const { items, units } = await list.read([id]);
  return { jobs: items.filter((job) => isAskedFor(job, request)), newer: [], units };
}

async function pageOf(request: ListRequest, deps: ListDependencies): Promise<JobPage> {
  const jobs: JobItem[] = [];
  const newer: NewerJob[] = [];
  let units = 0;
  for await (const part of partsOf(request, deps)) {
    units = part.units;
    const pageUpTo = (position: string) => ({
      jobs,
      newer,
      units,
      ...(position === part.last ? {} : { next: position }),
    });
    for (const { position, job, unread } of part.listed) {
      // The index may still have the place of a job that was erased, or that expired and whose key was used again.
      if (job?.listPosition === position && isAskedFor(job, request)) jobs.push(job);
      if (unread) newer.push(unread);
      if (jobs.length + newer.length === request.limit) return pageUpTo(position);
    }
    if (part.units >= maxUnitsAPage) return pageUpTo(part.end);
  }
  return { jobs, newer, units };
}

/** Newer code may keep tenant and position in another way: then they say nothing. */
function newerAt(
  position: string,
  tenant: string,
  { id, version, ...known }: NewerItem,
): NewerJob | undefined {
  const isThere = (known.tenant ?? tenant) === tenant && (known.listPosition ?? position) === position;
  return isThere ? { id, version, position } : undefined;
}

/**
 * The list from where the request begins, in parts. `units`: the cost of this part and all before it; `last`: the last
 * position of the list, as soon as it is known.
 */
async function* partsOf(request: ListRequest, deps: ListDependencies) {
  const since = listPositionOf(request.filter.since ?? 0, '');
  let below = upperBound(request);
  // The first part is as large as the page. If that is not enough, few jobs pass the filter.
  let size = Math.min(request.limit, readAtOnce);
  let units = 0;
  let asked = askedIn(request, deps);
  while (since < below) {
    const found = await findListed(asked, { since, below, limit: Math.max(request.limit, readAtOnce) }, deps);
    units += found.units;
    asked = { ...asked, keys: found.keys };
    for (let at = 0; at < found.listed.length; at += size, size = readAtOnce) {
      const part = found.listed.slice(at, at + size);
      const read = await deps.list.read(part.map(({ id }) => id));
      const byId = new Map(read.items.map((item) => [item.id, item]));
      const newer = new Map(read.newer.map((item) => [item.id, item]));
      below = part.at(-1)?.position ?? below;
      const listed = part.map(({ id, position }) => {
        const unread = newer.get(id);
        return {
          position,
          job: byId.get(id),
          unread: unread && newerAt(position, request.tenant, unread),
        };
      });
      units += read.units;
      yield { listed, units, end: below, last: found.last };
    }
    if (found.isLast) return;
  }
}

const upperBound = ({ below, filter: { until } }: ListRequest): string => {
  const bound = until === undefined ? end : listPositionOf(until, '');
  return below !== undefined && below < bound ? below : bound;
};

/** The parts of an index that a request is for. */
interface Asked extends Pick<ListQuery, 'list'> {
  readonly keys: readonly string[];
}

function askedIn({ tenant, filter }: ListRequest, { listShards }: ListDependencies): Asked {
  const { error, tags = [], status = error === undefined ? undefined : 'failed' } = filter;
  const list = (status && lists[status]) ?? 'all';
  const keys = Array.from({ length: listShards }, (_, shard) => listKeyOf(tenant, shard));
  // A child is found by its tags alone. One that has failed is among all that have.
  return { list, keys: list === 'all' && tags.length > 0 ? [...keys, ...childListKeysOf(tenant)] : keys };
}

/**
 * The first positions of all parts together, and not more: of a part that was not read to its end, some are missing.
 * `keys`: the parts that have any.
 */
async function findListed(
  { list: name, keys }: Asked,
  { limit: count, ...range }: Pick<ListQuery, 'since' | 'below' | 'limit'>,
  { list }: ListDependencies,
) {
  // With one more it is known whether these are the last.
  const pages = await Promise.all(
    keys.map((key) => list.find({ ...range, list: name, key, limit: count + 1 })),
  );
  const newestFirst = (one: Listed, other: Listed) => (one.position < other.position ? 1 : -1);
  const found = pages.flatMap(({ items }) => items).sort(newestFirst);
  const isLast = found.length <= count;
  return {
    listed: found.slice(0, count),
    isLast,
    last: isLast ? found.at(-1)?.position : undefined,
    keys: keys.filter((_, at) => pages[at]?.items.length),
    units: pages.reduce((sum, { units }) => sum + units, 0),
  };
}

/** What the index cannot tell, or cannot tell yet. */
function isAskedFor(job: JobItem, { tenant, filter }: ListRequest): boolean {
  const { status, type, group, error, tags = [] } = filter;
  return (
    job.tenant === tenant &&
    (status === undefined || job.status === status) &&
    (type === undefined || job.type === type) &&
    (group === undefined || job.group === group) &&
    (error === undefined || failureOf(job)?.groupId === error) &&
    tags.every((tag) => job.tags?.includes(tag))
  );
}
