import type { Condition } from '../../shared/domain/state/writes/condition.ts';
import type { JobWrite } from '../../shared/domain/state/writes/job-write.ts';
import { dropping, type Mutant, spoiled } from './mutant.ts';
import { withoutPointers } from './waiting-mutants.ts';

const absent: Condition = [[{ attribute: 'id', absent: true }]];

const withoutMayStartLate = ({ set: { mayStartLate: _, ...set } }: JobWrite) => ({ set });

/** Of jobs that have to start by a time. */
export const lateMutants: readonly Mutant[] = [
  {
    name: 'a claim that does not ask whether it comes in time',
    shownBy: 'a job waits behind others for too long',
    write: dropping(['claim'], ({ attribute }) => attribute === 'mayStartLate'),
  },
  {
    name: 'a claim that creates the item of a job that is late',
    shownBy: 'messages arrive when it is too late to start their jobs',
    write: spoiled(['claim'], ({ condition }) => ({ condition: [...absent, ...condition] })),
  },
  {
    name: 'a claim after which the job may not start late',
    shownBy: 'jobs that were started in time go on when that time is over',
    write: spoiled(['claim'], withoutMayStartLate),
  },
  {
    name: "a user's retry after which the job may not start late",
    shownBy: 'a job that was too late is retried',
    write: spoiled(['retry'], withoutMayStartLate),
  },
  {
    name: 'a revival after which the job may not start late',
    shownBy: 'a job is canceled while others run, and revived when it is too late',
    write: spoiled(['revive'], withoutMayStartLate),
  },
  {
    name: 'a job that is late is failed, and its dependents are not woken',
    shownBy: 'a job has to start long before its dependency ends',
    write: spoiled(['failLate'], ({ remove = [] }) => ({ remove: [...remove, 'dependents'] })),
  },
  {
    name: 'a job fails by what was read before it was made to wait',
    shownBy: 'a job is failed for a dependency that is retried at once',
    write: dropping(['failUnclaimed'], ({ attribute }) => attribute === 'updatedAt'),
  },
  {
    name: 'an end wakes only those that still wait, and not those that have failed',
    shownBy: 'a job that waits is failed for a dependency that is retried at once',
    ports: (ports, _role, world) => ({
      ...ports,
      pointers: {
        ...ports.pointers,
        send: async (pointer, ...rest) =>
          world.table.items.get(pointer.id)?.status === 'failed'
            ? undefined
            : ports.pointers.send(pointer, ...rest),
      },
    }),
  },
  {
    name: 'a job that nothing will wake is left without a note that somebody has seen it',
    shownBy:
      'a job that waits is failed for a dependency that is retried, and for which too many others wait',
    write: dropping(['failUnclaimed'], ({ attribute }) => attribute === 'seenAt'),
  },
  {
    name: 'a job that waits for others is looked at in two hours, whenever it has to start',
    shownBy: 'a job has to start long before its dependency ends',
    write: spoiled(['defer'], ({ set }) => ({ set: { ...set, lookAt: (set.updatedAt ?? 0) + 7_200_000 } })),
    ports: (ports, role) => (role === 'admission' ? withoutPointers(ports) : ports),
  },
];
