import type { GroupPlaces } from '../../shared/domain/state/group-place.ts';
import { TenantQueues } from '../../shared/domain/state/tenant-queues.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** A process remembers what it has looked up. */
const known = new WeakMap<Instance, TenantQueues>();

/** The ordered queues of tenants as one instance sees them, with its faults and the mutant in between. */
export function tenantQueuesOf(world: World, instance: Instance): TenantQueues {
  const { queues = 1, waitMs = 0 } = world.settings.orderedQueues ?? {};
  const found =
    known.get(instance) ??
    new TenantQueues({ queues, waitMs, clock: instance.clock, places: placesPort(world, instance) });
  known.set(instance, found);
  return found;
}

function placesPort(world: World, instance: Instance): GroupPlaces {
  const { groupPlaces } = world;
  const honest: GroupPlaces = {
    read: (tenant) => instance.call('table', 'read an ordered queue', () => groupPlaces.read(tenant)),
    keep: async (tenant, queue) => {
      await world.interpose?.(instance.role, 'keep an ordered queue', tenant);
      return instance.call('table', 'keep an ordered queue', () => groupPlaces.keep(tenant, queue));
    },
    since: (now) => instance.call('table', 'since when there are queues', () => groupPlaces.since(now)),
  };
  return world.mutant.places?.(honest, world) ?? honest;
}
