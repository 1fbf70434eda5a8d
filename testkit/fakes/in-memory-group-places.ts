import type { GroupPlace, GroupPlaces } from '../../shared/domain/state/group-place.ts';

/** The places of tenants as a map. It passes the same contract tests as the DynamoDB adapter. */
export class InMemoryGroupPlaces implements GroupPlaces {
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
}
