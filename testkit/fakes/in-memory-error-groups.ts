import { defined } from '../../shared/domain/base/defined.ts';
import { type ErrorGroup, readErrorGroup } from '../../shared/domain/state/error-group.ts';
import { type Failure, groupKeyOf, maxGroupJobs } from '../../shared/domain/state/failure.ts';
import { listPositionOf } from '../../shared/domain/state/list-keys.ts';
import type { ErrorGroupList, ErrorGroups } from '../../shared/domain/state/ports.ts';

/**
 * The groups of failures as a map by their ids. A write replaces a group and never changes the object. It passes the same
 * contract tests as the DynamoDB adapters do against the emulator.
 */
export class InMemoryErrorGroups implements ErrorGroups, ErrorGroupList {
  readonly groups = new Map<string, ErrorGroup>();
  /** Runs before every write: to refuse one, or to let it take its time. */
  before: (call: 'add' | 'addToFull', failure: Failure) => void | Promise<void> = () => undefined;

  async add(failure: Failure): Promise<boolean> {
    await this.before('add', failure);
    const { groupId, jobId, tenant, type, name, at } = failure;
    const known = this.groups.get(groupId);
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
    if (!known || known.jobs.size < maxGroupJobs || known.jobs.has(jobId)) return false;
    this.#put({ ...known, more: true, lastSeenAt: at });
    return true;
  }

  async find({ tenant, below = '~', limit }: Parameters<ErrorGroupList['find']>[0]) {
    const found = [...this.groups.values()]
      .filter((group) => group.tenant === tenant && group.listPosition < below)
      .sort((one, other) => (one.listPosition < other.listPosition ? 1 : -1));
    const groups = found.slice(0, limit);
    return { groups, ...defined({ next: found.length > limit ? groups.at(-1)?.listPosition : undefined }) };
  }

  #put(group: ErrorGroup): void {
    this.groups.set(group.id, readErrorGroup({ ...group, id: groupKeyOf(group.id) }));
  }
}
