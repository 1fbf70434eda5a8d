import type { WorkPlaces } from '../../shared/domain/state/limits/place.ts';
import { inMemoryWorkPlaces } from '../../testkit/fakes/in-memory-work-places.ts';
import type { Effect } from './effect.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The index follows the table so much later. */
const indexLagMs = 700;

/** The places of all keys, with lines that are outdated. */
export function simulatedWorkPlaces(world: World) {
  /** Where each job is in the index. */
  const index = new Map<string, { readonly dueKey: string; readonly lookAt: number }>();
  const places = {
    ...inMemoryWorkPlaces(index, world.records),
    /** Whether any job had a place. */
    isUsed: false,

    onWrite({ before, after: { id, dueKey, lookAt } }: Effect): void {
      if (before?.dueKey === dueKey && before?.lookAt === lookAt) return;
      if (!places.isUsed) return;
      world.time.after(Math.max(indexLagMs, world.forces.indexLagMs), () => {
        if (dueKey === undefined || lookAt === undefined) index.delete(id);
        else index.set(id, { dueKey, lookAt });
      });
    },
  };
  return places;
}

/** The places as one instance sees them. Nobody looks at a part without lines, or asks for a note that nobody has made. */
export function workPlacePort(world: World, instance: Instance): WorkPlaces {
  const { say } = world;
  const places = world.workPlaces.inAnotherProcess();
  const call = <T>(what: string, effect: () => Promise<T>): Promise<T> =>
    instance.call('table', what, async () => {
      world.workPlaces.isUsed = true;
      const result = await effect();
      say(`${instance.name}:    ${what} ${JSON.stringify(result)}`);
      return result;
    });
  return {
    look: async (room) => {
      await world.interpose?.(instance.role, 'look at places', room.id);
      return call('look at places', () => places.look(room));
    },
    put: (room, place, taker) => call('take a place', () => places.put(room, place, taker)),
    leave: (room, number, holder) => call('leave a place', () => places.leave(room, number, holder)),
    awaitLeave: (room, place, job) => call('wait for a place', () => places.awaitLeave(room, place, job)),
    first: (room, limit) => call('look at a line', () => places.first(room, limit)),
    noteLine: (room, now) => call('note a line', () => places.noteLine(room, now)),
    lines: async (part) =>
      (await places.lines(part)).length === 0 ? [] : call('look at lines', () => places.lines(part)),
    noteLate: (lateMs, now) => call('note that wakes are late', () => places.noteLate(lateMs, now)),
    late: async (now) =>
      world.workPlaces.hasLateNote() ? call('ask whether wakes are late', () => places.late(now)) : 0,
    forgetLine: (line) => call('forget a line', () => places.forgetLine(line)),
  };
}
