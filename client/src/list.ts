import { type Connection, callApi } from './connection.ts';
import type { ListedJob } from './job.ts';
import type { JobStatus } from './job-status.ts';

/** Which jobs: all that is named must be so. */
export interface JobFilter {
  readonly status?: JobStatus | undefined;
  readonly type?: string | undefined;
  readonly group?: string | undefined;
  /** Failed jobs of a group of errors, as `GET /errors` has its id. */
  readonly error?: string | undefined;
  /** Jobs that have all of them. */
  readonly tags?: readonly string[] | undefined;
  /** Created at this time or later. */
  readonly since?: Date | string | undefined;
  /** Created before this time. */
  readonly until?: Date | string | undefined;
}

export interface ListOptions extends JobFilter {
  /** Jobs on a page, which is a call: 1 to 100. */
  readonly pageSize?: number | undefined;
  /**
   * Told of each page but the last: jobs that were created since then have been looked at. Few of them may pass the
   * filter.
   */
  readonly onSearched?: ((since: Date) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Page {
  readonly items: readonly ListedJob[];
  readonly nextCursor?: string;
  readonly searchedTo?: string;
}

const defaultPageSize = 100;

/** The jobs of a filter, newest first. A page is read when its first job is asked for. @throws as `Client.get` does */
export async function* listJobs(
  { signal, onSearched, pageSize: limit = defaultPageSize, tags: tag, ...filter }: ListOptions,
  connection: Connection,
): AsyncGenerator<ListedJob, void, undefined> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ limit, tag, ...filter }))
    for (const each of [value ?? []].flat())
      query.append(name, each instanceof Date ? each.toISOString() : String(each));
  for (;;) {
    const page = await callApi<Page>(`GET /jobs?${query}`, { signal }, connection);
    const { items, nextCursor, searchedTo } = page;
    yield* items;
    if (!nextCursor) return;
    if (searchedTo !== undefined) onSearched?.(new Date(searchedTo));
    query.set('cursor', nextCursor);
  }
}
