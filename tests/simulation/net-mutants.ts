import { dropping, type Mutant, type Ports, spoiled, without } from './mutant.ts';
import { waitForFirst } from './wait-for-scenarios.ts';
import { withoutPointers } from './waiting-mutants.ts';

const lostWake = 'the wake of a job that waits for another one is lost, and so is the first look';
const lostCopy = 'a job that has waited for another one is sent on, and its queue is emptied';

const ofNet =
  (spoil: (ports: Ports) => Partial<Ports>) =>
  (ports: Ports, role: string): Ports =>
    role === 'overdue' ? { ...ports, ...spoil(ports) } : ports;

/** Of who looks at the jobs that wait, and that nothing has brought back. */
export const netMutants: readonly Mutant[] = [
  {
    name: 'nobody looks at what waits',
    shownBy: 'Scheduler has stopped, and a job is due in two hours',
    ports: ofNet(({ due }) => ({ due: { ...due, find: async () => [] } })),
  },
  {
    name: 'a look is not stored',
    shownBy: lostWake,
    ports: ofNet(({ store }) => ({ store: { ...store, write: async () => undefined } })),
  },
  {
    name: 'what waits is looked at once',
    shownBy: lostWake,
    write: spoiled(['lookAgain'], ({ set }) => ({ set: { ...set, lookAt: 8_640_000_000_000_000 } })),
  },
  {
    name: 'what waits is looked at every two minutes',
    shownBy: lostWake,
    write: (write, before) =>
      write.transition === 'lookAgain'
        ? { ...write, set: { lookAt: (before?.lookAt ?? 0) + 120_000 } }
        : write,
  },
  {
    name: 'a parent is looked at every two minutes',
    shownBy: waitForFirst.lostLooks.name,
    write: (write, before) =>
      write.transition === 'lookAgain' && before?.awaits
        ? { ...write, set: { lookAt: (before.lookAt ?? 0) + 120_000 } }
        : write,
  },
  {
    name: 'a look does not say that what was sent on may be lost',
    shownBy: lostCopy,
    ports: ofNet(({ pointers }) => ({
      pointers: { send: ({ again: _, ...pointer }, delaySeconds) => pointers.send(pointer, delaySeconds) },
    })),
  },
  {
    name: 'a delayed look is stored whatever came later',
    shownBy: lostWake,
    write: dropping(['lookAgain'], ({ attribute }) => attribute === 'lookAt' || attribute === 'status'),
  },
  {
    name: 'a job that waits for others is not looked at',
    shownBy: lostWake,
    write: spoiled(['defer'], ({ set: { dueKey: _, lookAt: __, ...set } }) => ({ set })),
  },
  {
    name: 'a claim leaves the job among those that wait',
    shownBy: 'a job delayed by thirteen hours',
    write: spoiled(['claim'], ({ remove = [] }) => ({
      remove: remove.filter((each) => each !== 'dueKey' && each !== 'lookAt'),
    })),
  },
  {
    name: 'a cancel of a running job sends no pointer',
    shownBy: 'a table is restored in which a job runs that has ended since, and the job is canceled',
    ports: (ports, role) => (role === 'cancel' ? withoutPointers(ports) : ports),
  },
  {
    name: 'a pointer cancels a job whose worker lives',
    shownBy: 'a job in slices is canceled, and retried from its state',
    write: (write) =>
      write.transition === 'cancelForgotten'
        ? { ...write, condition: without(write.condition, ({ attribute }) => attribute === 'leaseUntil') }
        : write,
    ports: (ports, role) =>
      role === 'cancel'
        ? { ...ports, pointers: { send: (pointer) => ports.pointers.send(pointer, 1) } }
        : role === 'admission'
          ? {
              ...ports,
              store: {
                ...ports.store,
                read: async (id) => {
                  const item = await ports.store.read(id);
                  return item?.status === 'running' ? { ...item, leaseUntil: 0 } : item;
                },
              },
            }
          : ports,
  },
  {
    name: 'a delayed admission is carried out whatever came later',
    shownBy: 'a job with a dependency is to be tried in hours, and its dependency expires',
    write: dropping(['admit'], ({ attribute }) => attribute === 'updatedAt'),
  },
];
