import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { Mutant, Ports } from './mutant.ts';
import type { World } from './world.ts';

/** Each item as it was before its last write, and the time of that write. */
const versions = new WeakMap<World, Map<string, { before: JobItem | undefined; at: number }>>();

const staleForMs = 2_000;

/** The instances of one role read what the table had a moment ago, as eventually consistent reads may do. */
const readingStale =
  (reader: string) =>
  (ports: Ports, role: string, world: World): Ports => {
    const older = versions.get(world) ?? new Map();
    versions.set(world, older);
    const { store } = ports;
    return {
      ...ports,
      store: {
        read: async (id) => {
          const version = older.get(id);
          const isStale = role === reader && version && world.time.now - version.at < staleForMs;
          return isStale ? version.before : store.read(id);
        },
        write: async (write) => {
          const before = world.table.items.get(write.id);
          const item = await store.write(write);
          if (item) older.set(write.id, { before, at: world.time.now });
          return item;
        },
      },
    };
  };

const shownBy = {
  submit: 'a running dependency is canceled',
  cancel: 'a waiting dependency is canceled',
  retry: 'a job of a group fails and is retried within the deduplication interval of SQS',
  admission: 'a dependency ends right before its dependent is deferred',
  worker: 'duplicate submissions with one key',
};

/** Reads are consistent. A role that reads stale items decides wrongly. */
export const staleMutants: readonly Mutant[] = Object.entries(shownBy).map(([role, scenario]) => ({
  name: `eventually consistent reads in ${role}`,
  shownBy: scenario,
  ports: readingStale(role),
}));
