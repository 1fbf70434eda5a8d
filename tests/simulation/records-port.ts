import type { Answer, Fields, Records, RecordUpdate } from '../../shared/domain/base/records.ts';
import type { Instance } from './instance.ts';
import { readRules, recordRules } from './record-rules.ts';
import type { World } from './world.ts';

/** A write of a record that has taken effect. */
export interface Written {
  readonly id: string;
  readonly write: RecordUpdate;
  readonly before: Fields | undefined;
  readonly after: Fields | undefined;
}

/** A read of a record, and what it has found. */
export interface Read {
  readonly id: string;
  readonly item: Fields | undefined;
}

/**
 * The records of all kinds as one instance sees them: every call can fail, and what it does is said by its name. Rules hang on
 * the names of writes.
 */
export function recordsPort(world: World, instance: Instance): Records {
  const { records } = world;
  const call = async <T>(name: string, id: string, effect: () => Promise<T>): Promise<T> => {
    if (world.interpose) await world.interpose(instance.role, name, id);
    return instance.call('table', name, effect);
  };
  const written = async (id: string, write: RecordUpdate, effect: () => Promise<Answer>): Promise<Answer> =>
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
  return {
    read: async (id, name) => {
      const item = await call(name, id, () => records.read(id, name));
      readRules[name]?.({ id, item }, instance, world);
      return item;
    },
    write: async (id, write) => {
      // The request has what it was given when it was made.
      const request = structuredClone(write);
      return written(id, request, () => records.write(id, request));
    },
  };
}
