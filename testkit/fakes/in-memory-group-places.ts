import { type BatchRoot, isOver } from '../../shared/domain/children/batch.ts';
import type {
  GroupMove,
  GroupPlace,
  GroupPlaces,
  MovablePlaces,
  UnfinishedGroups,
} from '../../shared/domain/state/group-place.ts';
import type { JobItem } from '../../shared/domain/state/item.ts';
import { isTerminal } from '../../shared/domain/state/transitions.ts';

/** The places of tenants as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryGroupPlaces implements GroupPlaces, MovablePlaces {
  readonly places = new Map<string, GroupPlace>();
  sinceAt: number | undefined;

  async read(tenant: string): Promise<GroupPlace | undefined> {
    return this.places.get(tenant);
  }

  async keep(tenant: string, queue: number): Promise<GroupPlace> {
    const place = this.places.get(tenant) ?? { queue };
    this.places.set(tenant, place);
    return place;
  }

  async since(now: number): Promise<number> {
    this.sinceAt ??= now;
    return this.sinceAt;
  }

  async change(
    tenant: string,
    { queue, changes = 0 }: GroupPlace,
    to: { readonly queue: number; readonly move?: GroupMove },
  ): Promise<boolean> {
    const place = this.places.get(tenant);
    if (place?.queue !== queue || (place.changes ?? 0) !== changes) return false;
    this.places.set(tenant, { ...to, changes: changes + 1 });
    return true;
  }
}

interface Stored {
  readonly items: ReadonlyMap<string, JobItem>;
  readonly roots: ReadonlyMap<string, BatchRoot>;
}

/** What is unfinished in the maps of other fakes. It passes the same contract tests as the DynamoDB adapter. */
export const inMemoryUnfinishedGroups = ({ items, roots }: Stored): UnfinishedGroups => ({
  async find(tenant) {
    const jobs = [...items.values()].filter(
      ({ group, status, message, parent, ...item }) =>
        item.tenant === tenant &&
        group !== undefined &&
        (!isTerminal(status) || (status === 'canceled' && message === undefined && parent === undefined)),
    );
    const batches = [...roots.values()].filter((root) => root.tenant === tenant && !isOver(root));
    return [
      ...jobs.map(({ id }) => ({ kind: 'job' as const, jobId: id })),
      ...batches.map(({ parent }) => ({ kind: 'batch' as const, jobId: parent })),
    ];
  },
});
