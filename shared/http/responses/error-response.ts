import { defined } from '../../domain/base/defined.ts';
import type { ShownGroup } from '../../operations/find/list-errors.ts';

/** A group of errors as the API shows it. Times are UTC. */
export interface ErrorGroupResponse {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly count: number;
  readonly hasMore: boolean;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly example?: { readonly id: string; readonly message: string; readonly statusUrl: string };
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** @param statusUrl where programs find a job */
export const toErrorGroup = (
  { group: { id, type, name, jobs, more, firstSeenAt, lastSeenAt }, example }: ShownGroup,
  statusUrl: (jobId: string) => string,
): ErrorGroupResponse => ({
  ...{ id, type, name, count: jobs.size, hasMore: more ?? false },
  firstSeenAt: iso(firstSeenAt),
  lastSeenAt: iso(lastSeenAt),
  ...defined({
    example: example?.error && {
      id: example.id,
      message: example.error.message,
      statusUrl: statusUrl(example.id),
    },
  }),
});
