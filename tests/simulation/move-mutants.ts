import { closedMs } from '../../infra/ordered/move-tenant.ts';
import { moved, retried, standing } from './move-scenarios.ts';
import type { Mutant } from './mutant.ts';

export const moveMutants: readonly Mutant[] = [
  {
    name: 'a worker runs what comes from a queue that is not that of its tenant',
    shownBy: moved.name,
    ownOrdered: (own) => ({
      ...own,
      tenants: { placeOfReceived: async () => ({ queue: own.number, validUntil: Infinity }) },
    }),
  },
  {
    name: 'a message of another ordered queue is deleted before it is sent on',
    shownBy: moved.name,
    ownOrdered: ({ queues, ...own }, { time }) => ({
      ...own,
      queues: {
        send: async (message) => {
          time.after(1_000, () => void queues.send(message).catch(() => undefined));
        },
      },
    }),
  },
  {
    name: 'a worker remembers the ordered queue of a tenant for ever',
    shownBy: moved.name,
    places: (places, _world, role) =>
      role === 'worker' ? { ...places, read: async () => ({ queue: 1 }) } : places,
  },
  {
    name: 'a tenant is moved without a phase in which nothing is sent',
    shownBy: retried.name,
    move: ({ places, ...ports }) => ({
      ...ports,
      places: {
        ...places,
        change: (tenant, was, to) =>
          places.change(tenant, was, to.move?.phase === 'closed' ? { queue: to.move.to } : to),
      },
    }),
  },
  {
    name: 'a move is over as soon as nothing is sent any more',
    shownBy: retried.name,
    move: ({ clock, ...ports }) => ({
      ...ports,
      clock: {
        now: () => clock.now(),
        sleep: async (milliseconds) => {
          if (milliseconds !== closedMs) await clock.sleep(milliseconds);
        },
      },
    }),
  },
  {
    name: 'nobody looks for unfinished jobs once nothing is sent any more',
    shownBy: retried.name,
    move: ({ unfinished, ...ports }) => {
      let looks = 0;
      return {
        ...ports,
        unfinished: {
          find: async (tenant) => {
            looks += 1;
            return looks > 1 ? [] : unfinished.find(tenant);
          },
        },
      };
    },
  },
  {
    name: 'a tenant is moved while it has unfinished jobs',
    shownBy: moved.name,
    move: (ports) => ({ ...ports, unfinished: { find: async () => [] } }),
  },
  {
    name: 'a claim counts, whatever time has passed since the ordered queue of the tenant was read',
    shownBy: standing.name,
    tenantQueues: (known) => ({
      placeOf: (tenant) => known.placeOf(tenant),
      placeOfReceived: async (tenant) => {
        const place = await known.placeOfReceived(tenant);
        return place && { ...place, validUntil: Infinity };
      },
    }),
  },
];
