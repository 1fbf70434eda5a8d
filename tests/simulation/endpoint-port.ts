import { type Breaker, breakerWrite, noPass } from '../../shared/domain/notify/breaker.ts';
import type { Endpoint } from '../../shared/domain/notify/endpoint.ts';
import type {
  EndpointStore,
  EndpointTryQueue,
  TriedEndpoints,
} from '../../shared/domain/notify/endpoint-ports.ts';
import { InMemoryTriedEndpoints } from '../../testkit/fakes/in-memory-endpoints.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

const quickBreaker = (endpoint: Endpoint, now: number): Breaker =>
  breakerWrite('quick', { endpoint, pass: noPass, now, failures: 0, speed: 'quick' }).breaker;

/** The table of endpoints as one instance sees it. */
export function endpointPort(world: World, instance: Instance): EndpointStore {
  const { endpoints, endpointRule, settings } = world;
  const call = async <T>(what: string, { origin }: Endpoint, effect: () => Promise<T>): Promise<T> => {
    await world.interpose?.(instance.role, what, origin);
    return instance.call('table', what, effect);
  };
  return {
    // Elsewhere no endpoint is ever down or slow, and what finds that out would be more crash points of each scenario that tells somebody.
    read: async (endpoint) => {
      if (settings.breakers) return call('read a breaker', endpoint, () => endpoints.read(endpoint));
      const known = await endpoints.read(endpoint);
      return known ?? (settings.chaos ? undefined : quickBreaker(endpoint, instance.clock.now()));
    },
    write: (write) =>
      call(`breaker: ${write.transition}`, write.endpoint, async () => {
        const isWritten = await endpoints.write(write);
        if (isWritten) world.guard(() => endpointRule.onWrite(write));
        if (isWritten) world.net.onBreaker(write.breaker);
        world.say(
          `${instance.name}:    ${write.breaker.state}, pass ${write.breaker.pass}${isWritten ? '' : ' refused'}`,
        );
        return isWritten;
      }),
    park: (endpoint, notification) =>
      call('park a notification', endpoint, async () => {
        await endpoints.park(endpoint, notification);
        world.guard(() => endpointRule.onParked(notification));
      }),
    front: (endpoint, limit) =>
      call('look for parked notifications', endpoint, () => endpoints.front(endpoint, limit)),
    remove: (endpoint, id) =>
      call('remove a parked notification', endpoint, () => endpoints.remove(endpoint, id)),
  };
}

/** The index of the breakers that are not closed. Nobody waits for what has no entry. */
export const triedPort = ({ endpoints }: World, instance: Instance): TriedEndpoints => {
  const tried = new InMemoryTriedEndpoints(endpoints.breakers);
  return {
    missed: async (query) =>
      (await tried.missed(query)).length === 0
        ? []
        : instance.call('table', 'find lost tries', () => tried.missed(query)),
  };
};

export const tryPort = (world: World, instance: Instance): EndpointTryQueue => ({
  send: (message, delaySeconds) =>
    instance.call('queue', `try an endpoint by ${world.slowNotifying.name}`, async () => {
      world.slowNotifying.send(JSON.stringify(message), { delayMs: delaySeconds * 1000 });
    }),
});
