import type { BreakerTransition } from '../../shared/domain/notify/breaker.ts';
import { maxTryingMs } from '../../shared/domain/notify/endpoint.ts';
import type { EndpointStore } from '../../shared/domain/notify/endpoint-ports.ts';
import {
  alwaysSlow,
  deadForAnHour,
  emptied,
  emptiedForGood,
  emptiedWhileDraining,
  nearlyOver,
  parkedBeforeClose,
  parksTooLate,
  rejectsForAnHour,
  rejectsSome,
  slowForAWhile,
} from './endpoint-scenarios.ts';
import type { Mutant, Ports } from './mutant.ts';
import type { World } from './world.ts';

/** Changes how the function `notify` uses the table of endpoints. */
const spoiled = (
  name: string,
  shownBy: string,
  spoil: (endpoints: EndpointStore, world: World) => Partial<EndpointStore>,
): Mutant => ({
  name,
  shownBy,
  ports: (ports, role, world) =>
    role === 'notify'
      ? { ...ports, endpoints: { ...ports.endpoints, ...spoil(ports.endpoints, world) } }
      : ports,
});

/** Says that it has made some writes, and has not. */
const withoutWrites = (name: string, shownBy: string, ...transitions: readonly BreakerTransition[]): Mutant =>
  spoiled(name, shownBy, ({ write }) => ({
    write: async (one) => transitions.includes(one.transition) || write(one),
  }));

/** A process parks a notification, and takes the breaker for what it was before. */
const parkingBlindly = (endpoints: EndpointStore): Partial<EndpointStore> => {
  let hasParked = false;
  return {
    park: async (endpoint, notification) => {
      await endpoints.park(endpoint, notification);
      hasParked = true;
    },
    read: async (endpoint) => {
      const breaker = await endpoints.read(endpoint);
      return breaker && hasParked ? { ...breaker, state: 'open', announced: true } : breaker;
    },
  };
};

/** Who closes a breaker does not look whether something was parked meanwhile. */
const closingBlindly = (endpoints: EndpointStore): Partial<EndpointStore> => {
  let hasClosed = false;
  return {
    write: async (write) => {
      if (write.transition === 'close') hasClosed = true;
      return endpoints.write(write);
    },
    front: async (endpoint, limit) => (hasClosed ? [] : endpoints.front(endpoint, limit)),
  };
};

/** What is rejected is removed from its old place before it is parked behind all others. */
const removingFirst = (endpoints: EndpointStore): Partial<EndpointStore> => {
  const found = new Set<string>();
  const unparked: (() => Promise<void>)[] = [];
  return {
    front: async (endpoint, limit) => {
      const some = await endpoints.front(endpoint, limit);
      for (const { message } of some) found.add(message.jobId);
      return some;
    },
    park: async (endpoint, notification) => {
      const park = () => endpoints.park(endpoint, notification);
      if (found.has(notification.message.jobId)) unparked.push(park);
      else await park();
    },
    remove: async (endpoint, id) => {
      await endpoints.remove(endpoint, id);
      await Promise.all(unparked.splice(0).map((park) => park()));
    },
  };
};

/** The breaker says that there is a next try, and only then its message is sent. */
const sendingLast = (ports: Ports, role: string): Ports => {
  if (role !== 'notify') return ports;
  const { endpoints, tries } = ports;
  const unsent: (() => Promise<void>)[] = [];
  return {
    ...ports,
    tries: {
      send: async (message, delaySeconds) => void unsent.push(() => tries.send(message, delaySeconds)),
    },
    endpoints: {
      ...endpoints,
      write: async (write) => {
        const isWritten = await endpoints.write(write);
        await Promise.all(unsent.splice(0).map((send) => send()));
        return isWritten;
      },
    },
  };
};

/** Changes what the function `overdue` sees of endpoints. */
const looking = (name: string, shownBy: string, spoil: (ports: Ports) => Partial<Ports>): Mutant => ({
  name,
  shownBy,
  ports: (ports, role) => (role === 'overdue' ? { ...ports, ...spoil(ports) } : ports),
});

export const endpointMutants: readonly Mutant[] = [
  {
    name: 'what may be slow is deleted, and not sent to its own queue',
    shownBy: alwaysSlow.name,
    ports: (ports, role) =>
      role === 'notify' ? { ...ports, slowNotifications: { send: async () => {} } } : ports,
  },
  {
    name: 'what may be slow is deleted before it is sent to its own queue',
    shownBy: alwaysSlow.name,
    deliver: ({ Records }, queue) => {
      if (queue.name === 'notify') for (const { receiptHandle } of Records) queue.delete(receiptHandle);
    },
  },
  spoiled('each endpoint is taken for a quick one', alwaysSlow.name, ({ read }) => ({
    read: async (endpoint) => {
      const found = await read(endpoint);
      return found && { ...found, speed: 'quick' };
    },
  })),
  withoutWrites('nobody notes that an endpoint has become slow', slowForAWhile.name, 'slow'),
  withoutWrites('nobody notes that an endpoint is quick', slowForAWhile.name, 'quick'),
  looking('nobody looks for endpoints that are not tried any more', emptiedForGood.name, () => ({
    tried: { missed: async () => [] },
  })),
  looking(
    'a lost message is missed of an open breaker alone',
    emptiedWhileDraining.name,
    ({ endpoints }) => ({
      endpoints: {
        ...endpoints,
        read: async (endpoint) => {
          const found = await endpoints.read(endpoint);
          return found?.state === 'draining' ? undefined : found;
        },
      },
    }),
  ),
  spoiled(
    'what an endpoint rejects is removed before it is parked behind others',
    rejectsForAnHour.name,
    removingFirst,
  ),
  spoiled('no breaker opens at an endpoint that rejects everything', rejectsForAnHour.name, ({ write }) => ({
    write: async (one) => !one.breaker.rejects && write(one),
  })),
  spoiled('what an endpoint would take is parked, since it rejects others', rejectsSome.name, ({ read }) => ({
    read: async (endpoint) => {
      const { rejects: _, ...breaker } = (await read(endpoint)) ?? {};
      return 'state' in breaker ? breaker : undefined;
    },
  })),
  spoiled('nobody misses the message that tries an endpoint', emptied.name, ({ read }, { time }) => ({
    read: async (endpoint) => {
      const found = await read(endpoint);
      return found && { ...found, nextAt: time.now };
    },
  })),
  spoiled(
    'the item of a parked notification is deleted before its delivery',
    deadForAnHour.name,
    (endpoints) => ({
      front: async (endpoint, limit) => {
        const found = await endpoints.front(endpoint, limit);
        for (const { id } of found) await endpoints.remove(endpoint, id);
        return found;
      },
    }),
  ),
  spoiled(
    'a parked notification is deleted although its endpoint is still down',
    deadForAnHour.name,
    (endpoints) => ({
      write: async (write) => {
        if (write.transition === 'stayOpen')
          for (const { id } of await endpoints.front(write.endpoint, 1))
            await endpoints.remove(write.endpoint, id);
        return endpoints.write(write);
      },
    }),
  ),
  withoutWrites('a breaker that was opened never closes', deadForAnHour.name, 'answer', 'drainOn', 'close'),
  {
    name: 'no message tries an endpoint whose breaker was opened',
    shownBy: deadForAnHour.name,
    ports: (ports, role) => (role === 'notify' ? { ...ports, tries: { send: async () => {} } } : ports),
  },
  spoiled(
    'nobody announces the try of an endpoint whose opener has died',
    deadForAnHour.name,
    (endpoints) => {
      let isOpener = false;
      return {
        write: async (write) => {
          isOpener ||= write.transition === 'open';
          return endpoints.write(write);
        },
        read: async (endpoint) => {
          const breaker = await endpoints.read(endpoint);
          return breaker && !isOpener ? { ...breaker, announced: true } : breaker;
        },
      };
    },
  ),
  {
    name: 'the next try of an endpoint is sent after its breaker says so',
    shownBy: deadForAnHour.name,
    ports: sendingLast,
  },
  spoiled(
    'the 72 hours of a parked notification begin anew at each try',
    nearlyOver.name,
    (endpoints, world) => ({
      front: async (endpoint, limit) =>
        (await endpoints.front(endpoint, limit)).map((one) => ({
          ...one,
          giveUpAt: world.time.now + maxTryingMs,
        })),
    }),
  ),
  spoiled('a parked notification is given up at once', deadForAnHour.name, (endpoints) => ({
    front: async (endpoint, limit) =>
      (await endpoints.front(endpoint, limit)).map((one) => ({ ...one, giveUpAt: 0 })),
  })),
  spoiled(
    'who parks a notification does not look whether the breaker is closed',
    parksTooLate.name,
    parkingBlindly,
  ),
  spoiled(
    'who closes a breaker does not look whether something is parked',
    parkedBeforeClose.name,
    closingBlindly,
  ),
  spoiled('copies of a message try an endpoint side by side', deadForAnHour.name, ({ write }) => ({
    write: (one) => {
      const { freeAt: _free, ...unguarded } = one;
      return write(unguarded);
    },
  })),
];
