import { type Connection, callApi } from './connection.ts';
import type { Child, JobReference } from './job.ts';
import { jobPath } from './reference.ts';

/** Which children: those that have not ended, that have succeeded, or that have ended otherwise. */
export type ChildState = 'open' | 'succeeded' | 'unsuccessful';

export interface ChildOptions {
  readonly status?: ChildState | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Page {
  readonly items: readonly Child[];
  readonly next?: number;
}

/** The gateway decodes the path twice: before it looks for the route, and after that. */
export const batchPath = (key: string): string => `children/${encodeURIComponent(encodeURIComponent(key))}`;

/** The children of one batch, in the order of their indexes. @throws as `Client.get` does */
export async function* listChildren(
  job: JobReference,
  { key, status, signal }: ChildOptions & { readonly key: string },
  connection: Connection,
): AsyncGenerator<Child, void, undefined> {
  const path = `${jobPath(job, connection.url)}/${batchPath(key)}`;
  const query = new URLSearchParams(status && { status });
  for (;;) {
    const { items, next } = await callApi<Page>(`GET ${path}?${query}`, { signal }, connection);
    yield* items;
    if (next === undefined) return;
    query.set('after', `${next}`);
  }
}
