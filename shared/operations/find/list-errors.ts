import { defined } from '../../domain/base/defined.ts';
import type { ErrorGroup } from '../../domain/state/failures/error-group.ts';
import { failureOf } from '../../domain/state/failures/failure.ts';
import type { JobItem } from '../../domain/state/job/item.ts';
import type { NewerItem } from '../../domain/state/job/newer-item.ts';
import type { ErrorGroupList, JobList } from '../../domain/state/ports.ts';

export interface ErrorsRequest {
  readonly tenant: string;
  /** Groups of jobs of this type. */
  readonly type?: string | undefined;
  /** At least 1. */
  readonly limit: number;
  /** The position where the page before this one ended. */
  readonly below?: string | undefined;
}

interface ErrorsDependencies {
  readonly errorGroups: ErrorGroupList;
  readonly list: Pick<JobList, 'read'>;
}

/** A group, and one of its jobs, which says what the error was. All of them may have been retried or erased. */
export interface ShownGroup {
  readonly group: ErrorGroup;
  readonly example?: JobItem | undefined;
}

export interface ErrorsPage {
  readonly groups: readonly ShownGroup[];
  /** Groups that only newer code can read. Of which type they are, this code cannot tell. */
  readonly newer: readonly NewerItem[];
  /** Where the next page begins, unless this is the last one. */
  readonly next?: string;
}

/** Of a type that has few groups, a page ends after so many reads: then it comes short, with a next one. */
const maxReads = 5;
const groupsAtOnce = 100;
/** So many jobs of a group are looked at to find an example. */
const maxTries = 3;
/** Of failed jobs, whose message is kept, 25 may have 10 MB. */
const jobsAtOnce = 25;

/**
 * One page of the groups of a tenant's errors, those that came up last first.
 * @throws StoreUnavailableError
 */
export async function listErrors(request: ErrorsRequest, deps: ErrorsDependencies): Promise<ErrorsPage> {
  const { found, next } = await findGroups(request, deps);
  const groups = found.filter((one) => 'jobs' in one);
  const newer = found.filter((one) => !('jobs' in one));
  const examples = await findExamples(groups, deps);
  return {
    groups: groups.map((group) => ({ group, example: examples.get(group.id) })),
    newer,
    ...defined({ next }),
  };
}

type Found = ErrorGroup | NewerItem;

const newestFirst = (one: Found, other: Found): number =>
  (one.listPosition ?? '') < (other.listPosition ?? '') ? 1 : -1;

async function findGroups(
  { tenant, type, limit, below }: ErrorsRequest,
  { errorGroups }: ErrorsDependencies,
): Promise<{ readonly found: readonly Found[]; readonly next?: string | undefined }> {
  const isAskedFor = (one: Found) => type === undefined || !('jobs' in one) || one.type === type;
  const atOnce = type === undefined ? limit : groupsAtOnce;
  const found: Found[] = [];
  let next = below;
  for (let reads = 0; reads < maxReads; reads += 1) {
    const page = await errorGroups.find({ tenant, below: next, limit: atOnce });
    const all = [...page.groups, ...page.newer].sort(newestFirst);
    found.push(...all.filter(isAskedFor).slice(0, limit - found.length));
    const last = found.at(-1);
    if (found.length === limit && last !== all.at(-1)) return { found, next: last?.listPosition };
    next = page.next;
    if (found.length === limit || next === undefined) break;
  }
  return { found, next };
}

/** @returns jobs that have failed as their group says, by the id of the group */
async function findExamples(
  groups: readonly ErrorGroup[],
  { list }: ErrorsDependencies,
): Promise<ReadonlyMap<string, JobItem>> {
  const examples = new Map<string, JobItem>();
  for (let tries = 0; tries < maxTries; tries += 1) {
    const open = groups.filter(({ id }) => !examples.has(id));
    const ids = open.flatMap(({ jobs }) => [...jobs][tries] ?? []);
    for (let at = 0; at < ids.length; at += jobsAtOnce)
      for (const job of (await list.read(ids.slice(at, at + jobsAtOnce))).items) {
        const failure = failureOf(job);
        if (failure) examples.set(failure.groupId, job);
      }
  }
  return examples;
}
