import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { dropping, type Mutant, spoiled } from './mutant.ts';
import { withoutWakes } from './waiting-mutants.ts';

const keeping = (field: keyof JobItem) =>
  spoiled(['erase'], ({ remove = [] }) => ({ remove: remove.filter((one) => one !== field) }));

/** Each message puts the job where it would be by that message. */
function movingInTheList(write: JobWrite): JobWrite {
  const { listKey, listPosition, ...setOnce } = write.setOnce ?? {};
  if (listKey === undefined || listPosition === undefined) return write;
  return { ...write, setOnce, set: { ...write.set, listKey, listPosition } };
}

/** Of erased jobs, and of the places in the lists. */
export const eraseMutants: readonly Mutant[] = [
  {
    name: 'the item of an erased job is deleted',
    shownBy: 'a job is erased while copies of its message are in the queue, and its key is used again',
    ports: (ports, role, world) => {
      if (role !== 'erase') return ports;
      const { store } = ports;
      const write: typeof store.write = async (made) => {
        const item = await store.write(made);
        if (item) world.table.items.delete(made.id);
        return item;
      };
      return { ...ports, store: { ...store, write } };
    },
  },
  {
    name: 'an erased job keeps its fingerprint',
    shownBy: 'a failed job is erased while it is retried',
    write: spoiled(['erase'], ({ set: { fingerprint: _, ...set } }) => ({ set })),
  },
  {
    name: 'an erased job keeps its message',
    shownBy: 'a failed job is erased and retried at once',
    write: keeping('message'),
  },
  {
    name: 'an erased job keeps its tags',
    shownBy: 'a job is erased while copies of its message are in the queue, and its key is used again',
    write: keeping('tags'),
  },
  {
    name: 'an erased job keeps its log lines',
    shownBy: 'a failed job is erased and retried at once',
    write: keeping('logTail'),
  },
  {
    name: 'no wakes on erasure',
    shownBy: 'a job is erased as soon as it has ended, and another waits for it',
    ports: (ports, role) => (role === 'erase' ? withoutWakes(ports) : ports),
  },
  {
    name: 'a delayed erasure is carried out whatever came later',
    shownBy: 'a failed job is retried, and succeeds, while it is erased',
    write: dropping(['erase'], ({ attribute }) => attribute === 'updatedAt'),
  },
  {
    name: 'an erasure whose answer is lost is not recognized',
    shownBy: 'a job is erased while copies of its message are in the queue, and its key is used again',
    ports: (ports, role) => {
      if (role !== 'erase') return ports;
      const { store } = ports;
      const read: typeof store.read = async (id) => {
        const item = await store.read(id);
        return item?.erased ? undefined : item;
      };
      return { ...ports, store: { ...store, read } };
    },
  },
  {
    name: 'each message gives its job another place in the list',
    shownBy: 'delayed jobs have some time to start',
    write: movingInTheList,
  },
  {
    name: 'a retried job is still in the list of failed jobs',
    shownBy: 'a job that was too late is retried',
    write: spoiled(['retry'], ({ remove = [] }) => ({ remove: remove.filter((one) => one !== 'failedKey') })),
  },
  {
    name: 'a job that fails does not come into the list of failed jobs',
    shownBy: 'a job that fails for good',
    write: spoiled(
      ['fail', 'failExhausted', 'failUnclaimed', 'failLate'],
      ({ set: { failedKey: _, ...set } }) => ({
        set,
      }),
    ),
  },
];
