import type { JobItem } from '../../shared/job/item.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The table as one instance sees it: every call can fail, and every write is checked against the invariants. */
export function storePort(world: World, instance: Instance): JobStore {
  const { table, invariants, made } = world;
  return {
    read: async (id) => {
      await world.interpose?.(instance.role, 'read', id);
      return instance.call('table', 'read', () => table.read(id));
    },
    write: async (write) => {
      await world.interpose?.(instance.role, write.transition, write.id);
      return instance.call('table', write.transition, async () => {
        const before = table.items.get(write.id);
        const after = await table.write(world.mutant.write?.(write, before) ?? write);
        world.say(`${instance.name}:    ${write.transition} ${after ? `-> ${summaryOf(after)}` : 'refused'}`);
        if (after) {
          made.set(instance.name, [...(made.get(instance.name) ?? []), write.transition]);
          const effect = { instance: instance.name, write, before, after, now: world.time.now };
          world.guard(() => invariants.onWrite(effect, table.items));
        } else invariants.onRefusedWrite(instance.name, write);
        return after;
      });
    },
  };
}

const summaryOf = ({ status, run, attempt, fencingToken }: JobItem) =>
  `${status} (run ${run}, attempt ${attempt}, fencing token ${fencingToken})`;
