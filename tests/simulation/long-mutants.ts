import { type Mutant, type Ports, spoiled } from './mutant.ts';

/** Hides what an instance has received only when it has claimed the job. */
const hidingLate = (ports: Ports, role: string): Ports => {
  if (role !== 'worker') return ports;
  const { store, queue } = ports;
  let claimed = false;
  let early: Parameters<typeof queue.changeVisibility> | undefined;
  return {
    ...ports,
    queue: {
      ...queue,
      changeVisibility: async (...hiding) => {
        if (claimed) return queue.changeVisibility(...hiding);
        early = hiding;
      },
    },
    store: {
      ...store,
      write: async (write) => {
        const item = await store.write(write);
        claimed = true;
        if (write.transition === 'claim' && early) await queue.changeVisibility(...early);
        return item;
      },
    },
  };
};

export const longMutants: readonly Mutant[] = [
  {
    name: 'the state is not stored with the hand-over',
    write: spoiled(['handOver', 'sleep'], ({ set: { checkpoint: _, ...set } }) => ({ set })),
  },
  {
    name: 'a sleep that can be cut short',
    shownBy: 'a sleeping job',
    write: spoiled(['sleep'], ({ set: { notBefore: _, ...set } }) => ({ set })),
  },
  {
    name: 'a message is hidden for the lease after the claim, not before it',
    shownBy: 'a job in several slices',
    ports: hidingLate,
  },
  {
    name: 'a hand-over that resets nothing',
    shownBy: 'a job in several slices',
    write: spoiled(['handOver', 'sleep'], ({ set: { attempt: _, ...set } }) => ({ set })),
  },
];
