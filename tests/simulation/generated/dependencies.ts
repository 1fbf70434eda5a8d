import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { maxDependents } from '../../../shared/domain/state/job/item-budget.ts';
import { isTerminal } from '../../../shared/domain/state/job/transitions.ts';
import type { Ports } from '../mutant.ts';
import type { GeneratedMutant } from './generated-mutant.ts';
import { messagesOf, type Receiver, received } from './received.ts';

/** Mutants of admission: where a dependency is in one state, it is taken for another. */

type State = 'met' | 'broken' | 'gone' | 'registered' | 'unregistered' | 'full';

const roomFor = (count: number): Set<string> =>
  new Set(Array.from({ length: count }, (_, index) => `dependent ${index}`));

function stateOf(item: JobItem | undefined, dependent: string): State {
  if (!item) return 'gone';
  if (isTerminal(item.status)) return item.status === 'succeeded' ? 'met' : 'broken';
  if (item.dependents?.has(dependent)) return 'registered';
  return (item.dependents?.size ?? 0) >= maxDependents ? 'full' : 'unregistered';
}

const seenAs: Readonly<Record<State, (item: JobItem, dependent: string) => JobItem | undefined>> = {
  met: (item) => ({ ...item, status: 'succeeded' }),
  broken: (item) => ({ ...item, status: 'failed' }),
  gone: () => undefined,
  registered: (item, dependent) => ({ ...item, status: 'queued', dependents: new Set([dependent]) }),
  unregistered: (item) => ({ ...item, status: 'queued', dependents: new Set() }),
  full: (item) => ({ ...item, status: 'queued', dependents: roomFor(maxDependents) }),
};

const states = Object.keys(seenAs) as State[];

type See = (item: JobItem | undefined, dependent: string) => JobItem | undefined;

/** Changes what admission reads of the jobs that its messages depend on. */
export const readingDependencies =
  (see: See) =>
  (ports: Ports, { role, event }: Receiver): Ports => {
    if (role !== 'admission') return ports;
    const dependents = new Map(
      [...messagesOf(event).values()].flatMap(({ id, options: { dependsOn = [] } }) =>
        dependsOn.map((dependency) => [dependency, id] as const),
      ),
    );
    const { store } = ports;
    return {
      ...ports,
      store: {
        ...store,
        read: async (id) => {
          const item = await store.read(id);
          const dependent = dependents.get(id);
          return dependent === undefined ? item : see(item, dependent);
        },
      },
    };
  };

/** Notes in which state admission finds a dependency. */
export const noteDependencies = (note: (what: string) => void) =>
  readingDependencies((item, dependent) => {
    note(`dependency ${stateOf(item, dependent)}`);
    return item;
  });

export const dependencyMutants: readonly GeneratedMutant[] = states.flatMap((state) =>
  states
    .filter((other) => other !== state && state !== 'gone')
    .map((other) => ({
      name: `a dependency that is ${state} is taken for ${other}`,
      family: 'dependency' as const,
      meets: { noted: `dependency ${state}` },
      ...received(
        readingDependencies((item, dependent) =>
          item && stateOf(item, dependent) === state ? seenAs[other](item, dependent) : item,
        ),
      ),
    })),
);
