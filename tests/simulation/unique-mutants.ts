import type { Contracts } from '../../shared/author/contract.ts';
import { type FirstTries, firstTriesIn } from '../../shared/domain/state/limits/first-tries.ts';
import type { Mutant } from './mutant.ts';
import { atOnce, keyFirst, repeated, tenants, twice, uniqueFirst } from './unique-scenarios.ts';
import type { World } from './world.ts';

/** Changes what the type says of unique jobs. */
const saying =
  (change: Partial<NonNullable<Contracts[string]['unique']>>): Mutant['contracts'] =>
  (contracts) =>
    Object.fromEntries(
      Object.entries(contracts).map(([type, contract]) => [
        type,
        contract.unique ? { ...contract, unique: { ...contract.unique, ...change } } : contract,
      ]),
    );

/** Changes how first tries are kept. */
const keeping =
  (
    keep: (...all: [...Parameters<FirstTries['keep']>, FirstTries, World]) => ReturnType<FirstTries['keep']>,
  ): Mutant['ports'] =>
  (ports, _role, world) => ({
    ...ports,
    firstTries: {
      ...ports.firstTries,
      keep: (keyId, first, now) => keep(keyId, first, now, ports.firstTries, world),
    },
  });

export const uniqueMutants: readonly Mutant[] = [
  {
    name: 'the id of a unique job lacks the window',
    shownBy: keyFirst.name,
    contracts: saying({ withinSeconds: 1_000_000 * 3_600 }),
  },
  {
    name: 'the whole payload is part of a unique key',
    shownBy: twice.name,
    contracts: saying({ key: (payload: unknown) => JSON.stringify(payload) }),
  },
  {
    name: 'the id of a unique job lacks the tenant',
    shownBy: tenants.name,
    ports: (ports, role, world) =>
      role === 'submit'
        ? {
            ...ports,
            store: {
              ...ports.store,
              read: async (id) => (await ports.store.read(id)) ?? [...world.table.items.values()][0],
            },
          }
        : ports,
  },
  {
    name: 'a submission with an Idempotency-Key is of the window that it comes in',
    shownBy: uniqueFirst.name,
    ports: keeping(async (_keyId, first) => first),
  },
  {
    name: 'the first try of a submission is kept a second later',
    shownBy: repeated.name,
    ports: keeping(async (keyId, first, now, tries, { time, records }) => {
      time.after(1_000, () => void tries.keep(keyId, first, now).catch(() => undefined));
      return (await firstTriesIn(records).read(keyId)) ?? first;
    }),
  },
  {
    name: 'a first try that cannot be kept does not matter',
    shownBy: repeated.name,
    ports: keeping((keyId, first, now, tries) => tries.keep(keyId, first, now).catch(() => first)),
  },
  {
    name: 'a unique job that loses a race is another one',
    shownBy: atOnce.name,
    ports: (ports, role, { random }) => {
      if (role !== 'submit') return ports;
      return {
        ...ports,
        store: {
          ...ports.store,
          write: async (write) => {
            const item = await ports.store.write(write);
            return (
              item ??
              (write.transition === 'submit' ? ports.store.write({ ...write, id: random.uuid() }) : item)
            );
          },
        },
      };
    },
  },
];
