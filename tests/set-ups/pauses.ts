import type { Pause, PausesByName } from '../../shared/domain/state/limits/pause.ts';
import { pausesId } from '../../shared/domain/state/limits/pause.ts';
import { pausesIn, pausesOf } from '../../shared/domain/state/limits/pauses.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';

/** The pauses of a table in memory. A test looks at them, and puts some there, without a call. */
export function somePauses() {
  const records = new InMemoryRecords();
  const all = (): PausesByName => pausesOf(records.items.get(pausesId));
  const put = (changed: PausesByName) =>
    records.items.set(pausesId, { ...Object.fromEntries(changed), id: pausesId });
  return {
    ...pausesIn(records),
    records,
    pauses: {
      get: (name: string) => all().get(name),
      set: (name: string, one: Pause) => void put(new Map(all()).set(name, one)),
      clear: () => records.items.clear(),
      get size() {
        return all().size;
      },
      [Symbol.iterator]: () => all()[Symbol.iterator](),
    },
  };
}
