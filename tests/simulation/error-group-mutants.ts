import type { ErrorGroups } from '../../shared/domain/state/failures/error-groups.ts';
import type { Failure } from '../../shared/domain/state/failures/failure.ts';
import type { Mutant, Ports } from './mutant.ts';
import type { World } from './world.ts';

/** Changes what one function, or each of them, adds to groups. */
const adding =
  (add: (failure: Failure, groups: ErrorGroups, world: World) => Promise<boolean>, only?: string) =>
  (ports: Ports, role: string, world: World): Ports => {
    const { errorGroups: groups } = ports;
    if (only !== undefined && role !== only) return ports;
    return { ...ports, errorGroups: { ...groups, add: (failure) => add(failure, groups, world) } };
  };

const groupingNothing = async () => true;

export const errorGroupMutants: readonly Mutant[] = [
  {
    name: 'a failure is grouped when its message is deleted',
    shownBy: 'a job that fails for good',
    ports: adding(async (failure, groups, { time }) => {
      time.after(1_000, () => void groups.add(failure));
      return true;
    }),
  },
  {
    name: 'nobody waits until a failure is grouped',
    shownBy: 'a job that fails for good',
    ports: adding(async (failure, groups) => {
      void groups.add(failure).catch(() => undefined);
      return true;
    }),
  },
  {
    name: 'a success is grouped, too',
    shownBy: 'one job',
    ports: (ports) => {
      const { store, errorGroups } = ports;
      const write: typeof store.write = async (made) => {
        const item = await store.write(made);
        if (item && made.transition === 'succeed') {
          const { id: jobId, tenant, type, updatedAt: at } = item;
          await errorGroups.add({ groupId: 'g', jobId, tenant, type, name: 'Error', at });
        }
        return item;
      };
      return { ...ports, store: { ...store, write } };
    },
  },
  {
    name: 'all tenants and types have one group',
    shownBy: 'a job that fails for good',
    ports: adding((failure, groups) => groups.add({ ...failure, groupId: 'g' })),
  },
  {
    name: 'a group has another type than its jobs',
    shownBy: 'a job that fails for good',
    ports: adding((failure, groups) => groups.add({ ...failure, type: 'another' })),
  },
  {
    name: 'a worker groups nothing',
    shownBy: 'a job that fails for good',
    ports: adding(groupingNothing, 'worker'),
  },
  {
    name: 'admission groups nothing',
    shownBy: 'a dependency fails, and so do its dependents and theirs',
    ports: adding(groupingNothing, 'admission'),
  },
  {
    name: 'the function of dead letters groups nothing',
    shownBy: 'a dead letter of a running job',
    ports: adding(groupingNothing, 'dead-letter'),
  },
];
