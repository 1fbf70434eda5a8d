import { ended } from '../../shared/domain/state/writes/job-write.ts';
import { retentionMs } from './limits.ts';
import { type Mutant, type Ports, without } from './mutant.ts';
import type { World } from './world.ts';

const withoutCancel =
  (...roles: readonly string[]): NonNullable<Mutant['contracts']> =>
  (all, role) =>
    roles.includes(role)
      ? Object.fromEntries(
          Object.entries(all).map(([type, contract]) => [type, { ...contract, hasCancel: false }]),
        )
      : all;

/** Cancels the job itself where its sleep is refused, as for a job that has started nothing elsewhere. */
const stoppingAtOnce = ({ store, ...ports }: Ports, role: string, { time }: World): Ports => ({
  ...ports,
  store: {
    ...store,
    write: async (write) => {
      const item = await store.write(write);
      if (item || role !== 'worker' || write.transition !== 'sleep') return item;
      const { message } = write.set;
      const end = ended(
        {},
        { now: time.now, retentionMs },
        { status: 'canceled', ...(message ? { message } : {}) },
      );
      const condition = without(write.condition, ({ attribute }) => attribute === 'cancelRequested');
      const canceled = { event: 'canceled', at: time.now, attempt: 1 } as const;
      return store.write({ id: write.id, transition: 'stop', condition, ...end, append: [canceled] });
    },
  },
});

export const elsewhereMutants: readonly Mutant[] = [
  {
    name: 'a cancel that comes right before a sleep is not passed on',
    shownBy: 'a cancel comes right before a job that has started something elsewhere goes to sleep',
    ports: stoppingAtOnce,
  },
  {
    name: 'a sleeping job is canceled at once, whatever it has started elsewhere',
    shownBy: 'what a sleeping job has started elsewhere is canceled with it',
    contracts: withoutCancel('cancel'),
  },
  {
    name: 'a worker does not pass a cancel on',
    shownBy: 'what a sleeping job has started elsewhere is canceled with it',
    contracts: withoutCancel('worker'),
  },
  {
    name: 'admission carries out a cancel that a worker must pass on',
    shownBy: 'admission and the dead-letter function meet a job whose cancel is to be passed on',
    contracts: withoutCancel('admission'),
  },
  {
    name: 'a cancel is passed on after the job was canceled',
    shownBy: 'what a sleeping job has started elsewhere is canceled with it',
    cancel: async (cancel, { time }) => {
      time.after(1_000, () => void cancel().catch(() => undefined));
    },
  },
];
