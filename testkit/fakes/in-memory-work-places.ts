import * as z from 'zod/mini';
import { workPlacesIn } from '../../shared/domain/state/limits/work-places.ts';
import { type Indexed, InMemoryDueList } from './in-memory-due-list.ts';
import { InMemoryRecords } from './in-memory-records.ts';
import { RecordView } from './record-view.ts';

const shape = z.object({
  ...{ job: z.string(), token: z.int(), takenAt: z.int() },
  awaitedBy: z.optional(z.string()),
});
const prefix = 'place/';

/** The places in a table in memory. @param jobs the items of an `InMemoryJobStore`, or what an index has of them */
export function inMemoryWorkPlaces(
  jobs: ReadonlyMap<string, Indexed> = new Map(),
  records = new InMemoryRecords(),
) {
  const table = { records, due: new InMemoryDueList(records.items, jobs) };
  return {
    ...workPlacesIn(table),
    due: table.due,
    /** Those that are taken, by `<id of the room>/<number>`. */
    taken: new RecordView(records, {
      keyOf: (id) => (id.startsWith(prefix) ? id.slice(prefix.length) : undefined),
      idOf: (key) => prefix + key,
      read: (fields) => shape.parse(fields),
    }),
    hasLateNote: (): boolean => records.items.has('place-late'),
  };
}

export type InMemoryWorkPlaces = ReturnType<typeof inMemoryWorkPlaces>;
