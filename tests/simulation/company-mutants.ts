import { type Mutant, spoiled, without } from './mutant.ts';

/** Of jobs that run in one process, of which one crashes it. */
export const companyMutants: readonly Mutant[] = [
  {
    name: 'a claim that does not say that it is in company',
    shownBy: 'the same, when each of the others has but one attempt',
    write: spoiled(['claim'], ({ set: { inCompany: _, ...set } }) => ({ set })),
  },
  {
    name: 'a crash in company counts as an attempt',
    shownBy: 'a job that crashes its worker, in a batch with nine others',
    write: spoiled(['reclaim'], ({ increment }) => ({ increment: { ...increment, attempt: 0 } })),
  },
  {
    name: 'a job that crashed in company runs in company again',
    shownBy: 'a job that crashes its worker, in a batch with nine others',
    ports: ({ store, ...queues }) => ({
      ...queues,
      store: {
        ...store,
        read: async (id) => {
          const item = await store.read(id);
          if (!item) return item;
          const { inCompany: _, ...alone } = item;
          return alone;
        },
        write: (write) =>
          store.write(
            write.transition === 'claim'
              ? {
                  ...write,
                  condition: without(write.condition, ({ attribute }) => attribute === 'inCompany'),
                }
              : write,
          ),
      },
    }),
  },
];
