import type { SQSEvent } from 'aws-lambda';
import type { JobItem } from '../../shared/domain/state/job/item.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import { type Mutant, type Ports, withMessages, without } from './mutant.ts';

/** Changes the table as admission sees it, separately for each of its instances. */
const inAdmission = (spoil: (store: JobStore) => Partial<JobStore>) => (ports: Ports, role: string) =>
  role === 'admission' ? { ...ports, store: { ...ports.store, ...spoil(ports.store) } } : ports;

/** A pointer without a delay wakes a job that waits for others, or brings a job to admission that leaves its queue. */
export const withoutWakes = ({ pointers, ...ports }: Ports): Ports => ({
  ...ports,
  pointers: {
    send: async (pointer, delaySeconds = 0) => {
      if (delaySeconds > 0) await pointers.send(pointer, delaySeconds);
    },
  },
});

export const withoutPointers = (ports: Ports): Ports => ({ ...ports, pointers: { send: async () => {} } });

const isRedelivery = ({ Records }: SQSEvent): boolean =>
  Records.some(({ attributes }) => Number(attributes.ApproximateReceiveCount) > 1);

export const waitingMutants: readonly Mutant[] = [
  {
    name: 'no second check of the dependencies',
    shownBy: 'a dependency ends right before its dependent is deferred',
    ports: inAdmission(({ read, write }) => {
      const seen = new Map<string, JobItem>();
      return {
        read: async (id) => seen.get(id) ?? (await read(id)),
        write: async (made) => {
          const item = await write(made);
          if (item && made.transition === 'registerDependent') seen.set(made.id, item);
          return item;
        },
      };
    }),
  },
  {
    name: 'no second try to register with a dependency',
    shownBy: 'a dependency fails during the registration, and is retried at once',
    ports: inAdmission(({ read, write }) => {
      const refused = new Map<string, string>();
      return {
        read: async (id) => {
          const item = await read(id);
          const dependent = refused.get(id);
          return item && dependent ? { ...item, dependents: new Set([dependent]) } : item;
        },
        write: async (made) => {
          const item = await write(made);
          if (!item && made.include) refused.set(made.id, made.include.dependents);
          return item;
        },
      };
    }),
  },
  withMessages('wakes after the delete', 'a diamond', (ports, _role, { event, queue }) => ({
    ...ports,
    pointers: {
      send: (pointer, delaySeconds) => {
        for (const { receiptHandle } of event.Records) queue.delete(receiptHandle);
        return ports.pointers.send(pointer, delaySeconds);
      },
    },
  })),
  withMessages('no wakes on redelivery', 'a diamond', (ports, _role, { event }) =>
    isRedelivery(event) ? withoutWakes(ports) : ports,
  ),
  {
    name: 'a cancel call wakes nobody, and leaves that to its pointer',
    shownBy: 'a waiting dependency is canceled',
    ports: (ports, role) => (role === 'cancel' ? withoutWakes(ports) : ports),
  },
  {
    name: 'a retry that bypasses admission',
    shownBy: 'the user retries a failed dependency, and its dependent before and after',
    ports: (ports, role) => (role === 'retry' ? { ...ports, waiting: ports.queue } : ports),
  },
  {
    name: 'wakes that send a job on that another wake has admitted',
    shownBy: 'two layers of five by five',
    ports: inAdmission(({ read, write }) => ({
      write: async (made) => (await write(made)) ?? (made.transition === 'admit' ? read(made.id) : undefined),
    })),
  },
  {
    name: 'an admission does not say which wake has made it',
    shownBy: 'three dependencies end at once, and their dependent is due a minute later',
    write: (write) => {
      const { admittedBy: _, ...set } = write.set;
      return write.transition === 'admit' ? { ...write, set } : write;
    },
  },
  {
    name: 'an admission whose answer is lost is not recognized',
    shownBy: 'a diamond',
    write: (write) =>
      write.transition === 'admit' ? { ...write, set: { ...write.set, admittedBy: '?' } } : write,
  },
  {
    name: 'a waiting job does not keep its message',
    shownBy: 'a diamond',
    write: (write) => {
      const { message: _, ...set } = write.set;
      return write.transition === 'defer' ? { ...write, set } : write;
    },
  },
  withMessages('all dependencies count as met', 'a diamond', (ports, role, { event }) => ({
    ...ports,
    store: {
      ...ports.store,
      read: async (id) => {
        const item = await ports.store.read(id);
        const isOwn =
          role !== 'admission' || event.Records.some(({ body }) => body.startsWith(`{"id":"${id}"`));
        return item && (isOwn ? item : { ...item, status: 'succeeded' });
      },
    },
  })),
  {
    name: 'a job with a later time is sent to its run queue at once',
    shownBy: 'a job delayed by thirteen hours',
    write: (write) =>
      write.transition === 'claim'
        ? { ...write, condition: without(write.condition, ({ attribute }) => attribute === 'runAt') }
        : write,
    ports: (ports, role) => {
      if (role !== 'submit') return ports;
      const send: Ports['queue']['send'] = ({ options: { runAt: _, ...options }, ...message }) =>
        ports.queue.send({ ...message, options });
      return { ...ports, waiting: { ...ports.waiting, send } };
    },
  },
];
