import { defined } from '../../shared/domain/base/defined.ts';
import { currentVersion } from '../../shared/domain/base/version.ts';
import { type ErrorGroup, readErrorGroup } from '../../shared/domain/state/failures/error-group.ts';
import { type Failure, groupKeyOf, maxGroupJobs } from '../../shared/domain/state/failures/failure.ts';
import { listPositionOf } from '../../shared/domain/state/job/list-keys.ts';
import { readApart } from '../../shared/domain/state/job/newer-item.ts';
import type { ErrorGroupList, ErrorGroups } from '../../shared/domain/state/ports.ts';

/**
 * The groups of failures as a map by their ids. A write replaces a group and never changes the object. It passes the
 * same contract tests as the DynamoDB adapters do against the emulator.
 */
export class InMemoryErrorGroups implements ErrorGroups, ErrorGroupList {
  readonly groups = new Map<string, ErrorGroup>();
  /** Runs before every write: to refuse one, or to let it take its time. */
  before: (call: 'add' | 'addToFull', failure: Failure) => void | Promise<void> = () => undefined;

  async add(failure: Failure): Promise<boolean> {
    await this.before('add', failure);
    const { groupId, jobId, tenant, type, name, at } = failure;
    const known = this.groups.get(groupId);
    if (isNewer(known)) return false;
    if (known && (known.jobs.size >= maxGroupJobs || known.jobs.has(jobId))) return false;
    const { firstSeenAt = at, listPosition = listPositionOf(at, groupId), jobs = [] } = known ?? {};
    this.#put({
      ...known,
      ...{ id: groupId, version: 1, tenant, type, name, firstSeenAt, listPosition },
      jobs: new Set([...jobs, jobId]),
      lastSeenAt: at,
    });
    return true;
  }

  async addToFull(failure: Failure): Promise<boolean> {
    await this.before('addToFull', failure);
    const { groupId, jobId, at } = failure;
    const known = this.groups.get(groupId);
    if (!known || isNewer(known) || known.jobs.size < maxGroupJobs || known.jobs.has(jobId)) return false;
    this.#put({ ...known, more: true, lastSeenAt: at });
    return true;
  }

  async find({
    tenant,
    below = '~',
    limit,
  }: Parameters<ErrorGroupList['find']>[0]): ReturnType<ErrorGroupList['find']> {
    const found = [...this.groups.values()]
      .filter((group) => group.tenant === tenant && group.listPosition < below)
      .sort((one, other) => (one.listPosition < other.listPosition ? 1 : -1));
    const shown = found.slice(0, limit);
    const { items: groups, newer } = readApart(shown, (group) =>
      readErrorGroup({ ...group, id: groupKeyOf(group.id) }),
    );
    return {
      groups,
      newer,
      // The keys, and each group.
      units: 0.5 + shown.length / 2,
      ...defined({ next: found.length > limit ? shown.at(-1)?.listPosition : undefined }),
    };
  }

  #put(group: ErrorGroup): void {
    this.groups.set(group.id, readErrorGroup({ ...group, id: groupKeyOf(group.id) }));
  }
}

const isNewer = (group: ErrorGroup | undefined): boolean =>
  group !== undefined && group.version > currentVersion;
