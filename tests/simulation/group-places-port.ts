import type { GroupPlaces, MovablePlaces, UnfinishedGroups } from '../../shared/domain/state/group-place.ts';
import { type OwnOrderedQueue, TenantQueues } from '../../shared/domain/state/tenant-queues.ts';
import { inMemoryUnfinishedGroups } from '../../testkit/fakes/in-memory-group-places.ts';
import type { Instance } from './instance.ts';
import type { KnownQueues } from './mutant.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

/** A process remembers what it has looked up. */
const known = new WeakMap<Instance, KnownQueues>();

/** The ordered queues of tenants as one instance sees them, with its faults and the mutant in between. */
export function tenantQueuesOf(world: World, instance: Instance): KnownQueues {
  const { queues = 1, waitMs = 0 } = world.settings.orderedQueues ?? {};
  const found = known.get(instance);
  if (found) return found;
  const { clock } = instance;
  const honest = new TenantQueues({ queues, waitMs, clock, places: placesPort(world, instance) });
  const made = world.mutant.tenantQueues?.(honest) ?? honest;
  known.set(instance, made);
  return made;
}

function placesPort(world: World, instance: Instance): GroupPlaces {
  const { groupPlaces } = world;
  const honest: GroupPlaces = {
    read: async (tenant) => {
      await world.interpose?.(instance.role, 'read an ordered queue', tenant);
      return instance.call('table', 'read an ordered queue', () => groupPlaces.read(tenant));
    },
    keep: async (tenant, queue) => {
      await world.interpose?.(instance.role, 'keep an ordered queue', tenant);
      return instance.call('table', 'keep an ordered queue', () => groupPlaces.keep(tenant, queue));
    },
    since: (now) => instance.call('table', 'since when there are queues', () => groupPlaces.since(now)),
  };
  return world.mutant.places?.(honest, world, instance.role) ?? honest;
}

/** What a worker knows of the queue that it receives from. */
export function ownOrderedOf(
  world: World,
  instance: Instance,
  own: SimulatedQueue,
): OwnOrderedQueue | undefined {
  const number = world.orderedQueues.indexOf(own) + 1;
  if (!world.settings.orderedQueues || number === 0) return undefined;
  const queues = world.portsOf(instance, own).ordered;
  const honest = { number, tenants: tenantQueuesOf(world, instance), queues };
  return world.mutant.ownOrdered?.(honest, world) ?? honest;
}

/** What an operator calls who moves a tenant. */
export function movePorts(world: World, instance: Instance) {
  const { groupPlaces, table, batches } = world;
  const { read } = placesPort(world, instance);
  const unfinished = inMemoryUnfinishedGroups({ items: table.items, roots: batches.roots });
  const places: MovablePlaces = {
    read,
    change: async (tenant, was, to) => {
      await world.interpose?.(instance.role, `change a place: ${to.move?.phase ?? 'open'}`, tenant);
      return instance.call('table', 'change an ordered queue', async () => {
        const isChanged = await groupPlaces.change(tenant, was, to);
        world.say(`${instance.name}:    ${isChanged ? JSON.stringify(to) : 'refused'}`);
        return isChanged;
      });
    },
  };
  const find: UnfinishedGroups['find'] = (tenant) =>
    instance.call('table', 'read what is unfinished', () => unfinished.find(tenant));
  const honest = { places, unfinished: { find }, clock: instance.clock };
  return world.mutant.move?.(honest) ?? honest;
}
