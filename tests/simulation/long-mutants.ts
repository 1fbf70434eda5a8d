import { QueueUnavailableError } from '../../shared/domain/base/errors.ts';
import { type Mutant, type Ports, spoiled, withMessages } from './mutant.ts';

/** Changes the visibility of a message only after the job was claimed. */
const changingVisibilityLate = (ports: Ports, role: string): Ports => {
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
    name: 'a sleep without notBefore',
    shownBy: 'a sleeping job',
    write: spoiled(['sleep'], ({ set: { notBefore: _, ...set } }) => ({ set })),
  },
  withMessages(
    'a message is deleted before its delayed copy is sent',
    'a job that polls every ten minutes',
    (ports, role, { event, queue }) => ({
      ...ports,
      queue: {
        ...ports.queue,
        send: (message, delaySeconds) => {
          if (role === 'worker') for (const { receiptHandle } of event.Records) queue.delete(receiptHandle);
          return ports.queue.send(message, delaySeconds);
        },
      },
    }),
  ),
  {
    name: 'a message that waits stays in flight',
    shownBy: 'a job that polls every ten minutes',
    ports: (ports, role) =>
      role === 'worker'
        ? { ...ports, queue: { ...ports.queue, send: () => Promise.reject(new QueueUnavailableError('no')) } }
        : ports,
  },
  {
    name: 'the visibility is changed after the claim, not before it',
    shownBy: 'a job in several slices',
    ports: changingVisibilityLate,
  },
  {
    name: 'a hand-over that does not reset the attempts',
    shownBy: 'a job in several slices',
    write: spoiled(['handOver', 'sleep'], ({ set: { attempt: _, ...set } }) => ({ set })),
  },
];
