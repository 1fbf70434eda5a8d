import type { BatchRoot } from '../../shared/domain/children/batch.ts';
import { jobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { applied } from '../../testkit/fakes/in-memory-job-store.ts';
import { type Mutant, spoiled } from './mutant.ts';

const canceling = 'cancel a child';
const asking = 'retry children';

/** A worker takes the root of a batch for another one. */
const reading =
  (seen: (root: BatchRoot) => BatchRoot): NonNullable<Mutant['ports']> =>
  (ports, role) =>
    role === 'worker'
      ? {
          ...ports,
          batches: {
            ...ports.batches,
            read: async (batch) => {
              const root = await ports.batches.read(batch);
              return root && seen(root);
            },
          },
        }
      : ports;

/** Of acts on one child, and of rounds that are asked for. */
export const oneChildMutants: readonly Mutant[] = [
  {
    name: 'a cancel of a child that has no item stores none',
    shownBy: 'a child is canceled before its claim',
    ports: (ports, role) =>
      role === canceling
        ? {
            ...ports,
            store: {
              ...ports.store,
              write: async (write) =>
                write.transition === 'cancelUnborn'
                  ? jobItem.parse(applied(write, undefined))
                  : ports.store.write(write),
            },
          }
        : ports,
  },
  {
    name: 'the end of a child that is canceled alone is not counted by the call',
    shownBy: 'a child is canceled before its claim',
    ports: (ports, role) =>
      role === canceling ? { ...ports, batches: { ...ports.batches, add: async () => undefined } } : ports,
  },
  {
    name: 'the end of a child whose parent has ended is not counted',
    shownBy: 'a job is canceled while its children run',
    ports: (ports, role, { batches, table }) => ({
      ...ports,
      batches: {
        ...ports.batches,
        add: async (tally) => {
          const { status = 'failed' } = table.items.get(batches.roots.get(tally.batch)?.parent ?? '') ?? {};
          return role === 'worker' && isTerminal(status) ? undefined : ports.batches.add(tally);
        },
      },
    }),
  },
  {
    name: 'the message of a child that a call has canceled does not count its end',
    shownBy:
      'a child is canceled by a call that dies, and its parent is canceled before it has sent it, and retried',
    ports: (ports, role, { table }) => ({
      ...ports,
      batches: {
        ...ports.batches,
        add: async (tally) => {
          const isOfCall = [...table.items.values()].some(
            ({ parent, startedAt, canceledBy }) =>
              parent?.batch === tally.batch &&
              tally.ended.includes(parent.index) &&
              startedAt === undefined &&
              canceledBy !== undefined,
          );
          return role === 'worker' && isOfCall ? undefined : ports.batches.add(tally);
        },
      },
    }),
  },
  {
    name: 'a child that is canceled before it is sent has no shard',
    shownBy: 'a child is canceled before it is sent',
    ports: (ports, role, world) =>
      role === canceling
        ? {
            ...ports,
            batches: {
              ...ports.batches,
              createShard: async () => false,
              shards: async (batch, round, shards) => {
                const found = await ports.batches.shards(batch, round, shards);
                const root = world.batches.roots.get(batch);
                const [shard = 0] = shards;
                return found.length > 0 || !root
                  ? found
                  : [{ batch, round, shard, size: 1, version: 2, tenant: root.tenant, expiresAt: 1 }];
              },
            },
          }
        : ports,
  },
  {
    name: 'a claim does not see that a child was canceled alone',
    shownBy: 'a child is canceled right before it is claimed',
    write: spoiled(['claim'], ({ condition }) => ({
      condition: [...condition, [{ attribute: 'status', equals: 'canceled' }]],
    })),
  },
  {
    name: 'a cancel of a child takes the place of what is there',
    shownBy: 'a child is canceled twice',
    write: spoiled(['cancelUnborn'], ({ condition }) => ({ condition: [...condition, []] })),
  },
  {
    name: 'children are asked for again although all have ended',
    shownBy: 'children are asked for again right after the last of them has ended',
    ports: (ports, role, world) =>
      role === asking
        ? {
            ...ports,
            batches: {
              ...ports.batches,
              askAgain: async ({ batch }) => {
                await world.interpose?.(role, 'ask for a round', batch);
                const root = world.batches.roots.get(batch);
                if (root) world.batches.roots.set(batch, { ...root, retries: true });
                return root;
              },
            },
          }
        : ports,
  },
  {
    name: 'children are asked for again although their parent has ended',
    shownBy: 'children are asked for again when their parent has ended',
    ports: (ports, role) =>
      role === asking
        ? {
            ...ports,
            store: {
              ...ports.store,
              read: async (id) => {
                const item = await ports.store.read(id);
                if (!item?.batches || !isTerminal(item.status)) return item;
                const awaits = { until: 1, batches: [...item.batches] };
                return { ...item, status: 'waiting', notBefore: 1, awaits };
              },
            },
            batches: {
              ...ports.batches,
              read: async (batch) => {
                const root = await ports.batches.read(batch);
                return root && { ...root, full: undefined, endedRun: undefined };
              },
              askAgain: async (root) => root,
            },
          }
        : ports,
  },
  {
    name: 'what was asked for is asked for in the next round, too',
    shownBy: 'children that have failed are asked for again while others run',
    ports: (ports, _role, world) => ({
      ...ports,
      batches: {
        ...ports.batches,
        beginRound: async (root, ...rest) => {
          const begun = await ports.batches.beginRound(root, ...rest);
          const stored = world.batches.roots.get(root.batch);
          if (stored) world.batches.roots.set(root.batch, { ...stored, retries: true });
          return begun;
        },
      },
    }),
  },
  {
    name: 'a parent does not see that its children were asked for again',
    shownBy: 'children that have failed are asked for again while others run',
    ports: reading((root) => ({ ...root, retries: undefined })),
  },
  {
    name: 'with the child that was asked for, the others are made again, too',
    shownBy: 'one of two children that have failed is asked for again',
    ports: reading(({ again, ...root }) => (again ? { ...root, retries: true } : root)),
  },
  {
    name: 'the round of all has the number of a round of one',
    shownBy: 'a child is asked for again, and its parent is canceled before the round begins, and retried',
    ports: reading(({ again, ...root }) => ({ ...root, ...(again && !root.retries ? { again } : {}) })),
  },
  {
    name: 'a child that is not made again does not count as unsuccessful',
    shownBy: 'one of two children of a shard that have failed is asked for again',
    ports: (ports) => ({
      ...ports,
      batches: {
        ...ports.batches,
        createShard: ({ unsuccessful: _, ...shard }) => ports.batches.createShard(shard),
      },
    }),
  },
  {
    name: 'a child that was asked for is asked for in the next round, too',
    shownBy: 'two children that have failed are asked for again one by one',
    ports: (ports, _role, world) => ({
      ...ports,
      batches: {
        ...ports.batches,
        beginRound: async (root, ...rest) => {
          const begun = await ports.batches.beginRound(root, ...rest);
          const stored = world.batches.roots.get(root.batch);
          if (stored && root.again) world.batches.roots.set(root.batch, { ...stored, again: root.again });
          return begun;
        },
      },
    }),
  },
  {
    name: 'a child is asked for again although all have ended',
    shownBy: 'a child is asked for again right after the last of them has ended',
    ports: (ports, role, world) =>
      role === asking
        ? {
            ...ports,
            batches: {
              ...ports.batches,
              askAgain: async ({ batch }, index) => {
                await world.interpose?.(role, 'ask for a round', batch);
                const root = world.batches.roots.get(batch);
                if (root) world.batches.roots.set(batch, { ...root, again: new Set([String(index)]) });
                return root;
              },
            },
          }
        : ports,
  },
];
