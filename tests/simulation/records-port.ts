import type {
  Answer,
  DeletableRecords,
  Fields,
  ManyRecords,
  RecordDelete,
  RecordUpdate,
} from '../../shared/domain/base/records.ts';
import type { Instance } from './instance.ts';
import { readRules, recordRules } from './record-rules.ts';
import type { World } from './world.ts';

/** A write of a record that has taken effect. */
export interface Written {
  readonly id: string;
  readonly write: RecordUpdate | RecordDelete;
  readonly before: Fields | undefined;
  readonly after: Fields | undefined;
}

/** A read of records, and those that it has found. */
export interface Read {
  readonly ids: readonly string[];
  readonly items: readonly Fields[];
}

/**
 * The records of all kinds as one instance sees them: every call can fail, and what it does is said by its name. Rules hang on
 * the names of writes.
 */
export function recordsPort(world: World, instance: Instance): DeletableRecords & ManyRecords {
  const { records } = world;
  const call = async <T>(name: string, id: string, effect: () => Promise<T>): Promise<T> => {
    if (world.interpose) await world.interpose(instance.role, name, id);
    return instance.call('table', name, effect);
  };
  const written = async (
    id: string,
    write: Written['write'],
    effect: () => Promise<Answer>,
  ): Promise<Answer> =>
    call(write.name, id, async () => {
      const before = records.items.get(id);
      const answer = await effect();
      world.say(`${instance.name}:    ${write.name} ${answer.held ? '->' : 'refused'} ${id}`);
      if (answer.held) {
        const after = records.items.get(id);
        world.guard(() => recordRules[write.name]?.({ id, write, before, after }, world));
      }
      return answer;
    });
  /** A request has what it was given when it was made. */
  const requestOf = <Write extends Written['write']>(write: Write): Write =>
    structuredClone(world.mutant.record?.(write) ?? write);
  const told = (name: string, ids: readonly string[], items: readonly Fields[]): void =>
    readRules[name]?.({ ids, items }, instance, world);
  return {
    read: async (id, name) => {
      const item = await call(name, id, () => records.read(id, name));
      told(name, [id], item ? [item] : []);
      return item;
    },
    readMany: async (ids, name) => {
      const items = await call(name, ids.join(' '), () => records.readMany(ids, name));
      told(name, ids, items);
      return items;
    },
    write: async (id, write) => {
      const request = requestOf(write);
      return written(id, request, () => records.write(id, request));
    },
    delete: async (id, what) => {
      const request = requestOf(what);
      return written(id, request, () => records.delete(id, request));
    },
  };
}
