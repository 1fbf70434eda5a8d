import type { JobItem } from '../../shared/domain/state/job/item.ts';
import { readSavedSignals } from '../../shared/domain/state/stored/saved-signals.ts';
import { readSavedSteps, writeSavedSteps } from '../../shared/domain/state/stored/saved-steps.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { dropping, type Mutant } from './mutant.ts';
import { waitForFirst } from './wait-for-scenarios.ts';

const { childrenWin, answeredBeforeClose, tooSlow, lostPointer } = waitForFirst;

/** The steps without what has come first. */
function undecided(write: JobWrite): JobWrite {
  const { steps } = write.set;
  if (typeof steps !== 'string') return write;
  const { blocks, records } = readSavedSteps(steps);
  const open = records.map(({ wait, ...record }) =>
    wait ? { ...record, wait: { run: wait.run, until: wait.until } } : record,
  );
  return { ...write, set: { ...write.set, steps: writeSavedSteps({ blocks, records: open }) } };
}

/** Who has closed a wait is forgotten. */
function closedByNobody(write: JobWrite): JobWrite {
  const { signals } = write.set;
  if (write.transition !== 'closeWait' || typeof signals !== 'string') return write;
  const saved = readSavedSignals(signals);
  const closed = saved.closed.map(({ by: _, ...one }) => one);
  return { ...write, set: { ...write.set, signals: JSON.stringify({ ...saved, closed }) } };
}

const withoutClosed = (item: JobItem): JobItem =>
  item.signals === undefined
    ? item
    : { ...item, signals: JSON.stringify({ ...readSavedSignals(item.signals), closed: [] }) };

/** The worker goes on as if it had closed the wait. */
const leftOpen: Mutant['ports'] = (ports, role, world) => {
  if (role !== 'worker') return ports;
  const { store } = ports;
  return {
    ...ports,
    store: {
      ...store,
      write: async (write) => {
        const item = world.table.items.get(write.id);
        const { signals } = write.set;
        return write.transition === 'closeWait' && item && typeof signals === 'string'
          ? { ...item, signals }
          : store.write(write);
      },
    },
  };
};

/** Of jobs that wait for what comes first. */
export const waitForMutants: readonly Mutant[] = [
  { name: 'what has come first is not stored', shownBy: tooSlow.name, write: undecided },
  {
    name: 'a wait for an answer says no more that children have closed it',
    shownBy: childrenWin.name,
    write: closedByNobody,
  },
  {
    name: 'the wait for an answer is left open when children have ended first',
    shownBy: childrenWin.name,
    ports: leftOpen,
  },
  {
    name: 'the ends of children close a wait whatever has been answered',
    shownBy: answeredBeforeClose.name,
    write: dropping(['closeWait'], ({ attribute }) => attribute === 'signals'),
  },
  {
    name: 'a job that waits for an answer forgets the children that it waits for',
    shownBy: childrenWin.name,
    write: (write) => {
      if (write.transition !== 'awaitSignal') return write;
      const { awaits: _, ...set } = write.set;
      return { ...write, set };
    },
  },
  {
    name: 'an answer is taken although children have closed its wait',
    shownBy: childrenWin.name,
    ports: (ports, role) =>
      role === 'signal'
        ? {
            ...ports,
            store: {
              ...ports.store,
              read: async (id) => {
                const item = await ports.store.read(id);
                return item && withoutClosed(item);
              },
            },
          }
        : ports,
  },
  {
    name: 'a job that waits for children is looked at only when its time is over',
    shownBy: lostPointer.name,
    write: (write) => {
      const { awaits, notBefore } = write.set;
      return write.transition === 'awaitSignal' && awaits && typeof notBefore === 'number'
        ? { ...write, set: { ...write.set, lookAt: notBefore + 15 * 60_000 } }
        : write;
    },
  },
];
