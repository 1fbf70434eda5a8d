import { waitOf } from '../../shared/domain/state/waits/wait.ts';
import { faults } from './faults.ts';
import type { Instance } from './instance.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

/** Where the calls of a scenario can be cut, and by which faults. */
export interface Reach {
  readonly name: string;
  /** Its faults are played whatever others cover. */
  readonly stays: boolean;
  readonly calls: number;
  readonly cuts: ReadonlySet<string>;
}

/** What a job is, and what the job waits for. */
const stateOf = ({ table }: World, id: string): string => {
  const item = table.items.get(id);
  return item ? `${item.status} ${waitOf(item)?.kind ?? ''}` : 'absent';
};

/** The role, the call, and what the jobs of the process are: of a process without jobs, all jobs. */
function cutAt(world: World, { role, jobs }: Instance, what: string): string {
  const ids = jobs.size > 0 ? [...jobs] : [...world.table.items.keys()];
  const states = new Set(ids.map((id) => stateOf(world, id)));
  const call = what.replaceAll(/\d+/g, 'N'); // a receipt handle
  return [role, world.servers ? 'server' : '', call, ...[...states].sort()].join('|');
}

/** @returns the scenario, which notes its cuts */
export function watched(scenario: Scenario): { readonly scenario: Scenario; readonly cuts: Set<string> } {
  const places = new Set<string>();
  const cuts = new Set<string>();
  const arrange = (world: World) => {
    world.onCall = (instance, what) => {
      const place = cutAt(world, instance, what);
      if (places.has(place)) return;
      places.add(place);
      for (const fault of scenario.faults ?? faults) cuts.add(`${place}|${fault}`);
    };
    scenario.arrange?.(world);
  };
  return { scenario: { ...scenario, arrange }, cuts };
}

/** The time that the faults of a scenario take grows with the square of its calls: each has its faults, and makes all calls again. */
const costOf = ({ calls }: Reach): number => Math.max(calls, 30) ** 2;

/**
 * A fault cuts a run at a call of a role, while the jobs of that process are in some states and wait for something. Of a
 * share, a scenario plays its faults unless each such place, with each fault that the scenario may have, is one of another
 * scenario that plays its own. This is found out anew in each run, from the undisturbed runs, of which all are played.
 * @returns the names of those that play their faults: the cheapest for what they add first
 */
export function coverOf(all: readonly Reach[]): ReadonlySet<string> {
  const cover = new Set<string>();
  const reached = new Set<string>();
  let others = all.map((reach) => ({ ...reach, adds: [...reach.cuts] }));
  const take = ({ name, cuts }: Reach) => {
    cover.add(name);
    for (const cut of cuts) reached.add(cut);
  };
  for (const reach of all) if (reach.stays) take(reach);
  for (;;) {
    others = others
      .map((reach) => ({ ...reach, adds: reach.adds.filter((cut) => !reached.has(cut)) }))
      .filter(({ adds }) => adds.length > 0);
    const [first, ...rest] = others;
    if (!first) return cover;
    const worth = (reach: typeof first) => reach.adds.length / costOf(reach);
    take(rest.reduce((best, one) => (worth(one) > worth(best) ? one : best), first));
  }
}
