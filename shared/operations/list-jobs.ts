import type { JobItem } from '../job/item.ts';
import { listKeyOf, listPositionOf } from '../job/list-keys.ts';
import type { JobList, Listed } from '../job/ports.ts';
import type { JobStatus } from '../job/transitions.ts';

/** Which jobs of a tenant are asked for. A job must have all that is named here. */
export interface JobFilter {
  readonly status?: JobStatus | undefined;
  readonly type?: string | undefined;
  readonly group?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Created at this time or later, epoch milliseconds. */
  readonly since?: number | undefined;
  /** Created before this time, epoch milliseconds. */
  readonly until?: number | undefined;
}

export interface ListRequest {
  readonly tenant: string;
  readonly filter: JobFilter;
  readonly limit: number;
  /** The position where the page before this one ended. */
  readonly below?: string | undefined;
}

export interface ListDependencies {
  readonly list: JobList;
  readonly listShards: number;
}

export interface JobPage {
  readonly jobs: readonly JobItem[];
  /** Where the next page begins, unless this is the last one. */
  readonly next?: string;
}

/** A page of a filter that few jobs pass ends after so many read units: then it comes short, with a next one. */
export const maxUnitsAPage = 500;
/** Of failed jobs, whose message is kept, 25 may have 6 MB. */
const readAtOnce = 25;
/** Sorts after every position. */
const end = '~';

/**
 * One page of a tenant's jobs, newest first. Their place in the list never changes, so no job comes twice, and none is
 * missed that was in the list when its first page was read.
 * @throws StoreUnavailableError, NewerVersionError
 */
export async function listJobs(request: ListRequest, deps: ListDependencies): Promise<JobPage> {
  const jobs: JobItem[] = [];
  let units = 0;
  for await (const part of partsOf(request, deps)) {
    for (const { position, job } of part.listed) {
      if (job && isAskedFor(job, request)) jobs.push(job);
      if (jobs.length === request.limit) return { jobs, next: position };
    }
    units += part.units;
    if (units >= maxUnitsAPage) return { jobs, next: part.end };
  }
  return { jobs };
}

/** The list from where the request begins, in parts. */
async function* partsOf(request: ListRequest, deps: ListDependencies) {
  let below = upperBound(request);
  if (below <= lowerBound(request)) return;
  for (;;) {
    const found = await findListed(request, below, deps);
    let { units } = found;
    for (let at = 0; at < found.listed.length; at += readAtOnce) {
      const part = found.listed.slice(at, at + readAtOnce);
      const read = await deps.list.read(part.map(({ id }) => id));
      const byId = new Map(read.items.map((item) => [item.id, item]));
      below = part.at(-1)?.position ?? below;
      const listed = part.map(({ id, position }) => ({ position, job: byId.get(id) }));
      yield { listed, units: units + read.units, end: below };
      units = 0;
    }
    if (found.isLast) return;
  }
}

const upperBound = ({ below, filter: { until } }: ListRequest): string => {
  const bound = until === undefined ? end : listPositionOf(until, '');
  return below !== undefined && below < bound ? below : bound;
};

const lowerBound = ({ filter: { since = 0 } }: ListRequest): string => listPositionOf(since, '');

/** The first positions of all shards together. */
async function findListed(request: ListRequest, below: string, { list, listShards }: ListDependencies) {
  const { tenant, filter, limit } = request;
  const pages = await Promise.all(
    Array.from({ length: listShards }, (_, shard) =>
      list.find({
        list: filter.status === 'failed' ? 'failed' : 'all',
        key: listKeyOf(tenant, shard),
        since: lowerBound(request),
        below,
        limit,
      }),
    ),
  );
  const newestFirst = (one: Listed, other: Listed) => (one.position < other.position ? 1 : -1);
  return {
    listed: pages
      .flatMap(({ items }) => items)
      .sort(newestFirst)
      .slice(0, limit),
    units: pages.reduce((sum, { units }) => sum + units, 0),
    isLast: pages.every(({ items }) => items.length < limit) && count(pages) <= limit,
  };
}

const count = (pages: readonly { readonly items: readonly unknown[] }[]): number =>
  pages.reduce((sum, { items }) => sum + items.length, 0);

/** What the index cannot tell, or cannot tell yet. */
function isAskedFor(job: JobItem, { tenant, filter }: ListRequest): boolean {
  const { status, type, group, tags = [] } = filter;
  return (
    job.tenant === tenant &&
    !job.erased &&
    (status === undefined || job.status === status) &&
    (type === undefined || job.type === type) &&
    (group === undefined || job.group === group) &&
    tags.every((tag) => job.tags?.includes(tag))
  );
}
