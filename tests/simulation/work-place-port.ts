import type { DeletableRecords, ManyRecords } from '../../shared/domain/base/records.ts';
import type { DueList } from '../../shared/domain/state/job/due-list.ts';
import type { WorkPlaces } from '../../shared/domain/state/limits/place.ts';
import { workPlacesIn } from '../../shared/domain/state/limits/work-places.ts';
import { inMemoryWorkPlaces } from '../../testkit/fakes/in-memory-work-places.ts';
import type { Effect } from './effect.ts';
import type { Instance } from './instance.ts';
import type { World } from './world.ts';

/** The index follows the table so much later. */
const indexLagMs = 700;

/** Which places are taken, and the index of lines, which is outdated. */
export function simulatedWorkPlaces(world: World) {
  /** Where each job is in the index. */
  const index = new Map<string, { readonly dueKey: string; readonly lookAt: number }>();
  const places = {
    ...inMemoryWorkPlaces(index, world.records),
    /** Whether anybody has looked for a place. */
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

/** The lines as one instance sees them. Nobody looks at a part without lines. */
const linePort = ({ workPlaces: { due } }: World, instance: Instance): DueList => ({
  find: (query) => instance.call('table', 'look at a line', () => due.find(query)),
  page: async (query) => {
    const isOfLines = query.key.startsWith('lines-');
    if (isOfLines && (await due.page(query)).entries.length === 0) return { entries: [] };
    return instance.call('table', isOfLines ? 'look at lines' : 'look at a line', () => due.page(query));
  },
});

/**
 * The places as one instance sees them. Nobody asks for a note that nobody has made: with that call, 1,400 seeds did not show who forgets a
 * line too early.
 */
export function workPlacePort(
  world: World,
  instance: Instance,
  records: DeletableRecords & ManyRecords,
): WorkPlaces {
  const places = workPlacesIn({ records, due: linePort(world, instance) });
  return {
    ...places,
    late: async (now) => (world.workPlaces.hasLateNote() ? places.late(now) : 0),
  };
}
