import { type Mutant, spoiled, withMessages } from './mutant.ts';
import { withoutPointers } from './waiting-mutants.ts';

const inHours = 'a job is to be tried in three hours, twice';
const inAMinute = 'a job is to be tried in a minute, twice';

/** Of retries, and of waits between attempts. */
export const retryMutants: readonly Mutant[] = [
  {
    name: 'the message of a retry does not say who asked for it',
    shownBy: 'retry by the user while old copies are in the queue',
    ports: (ports, role) => ({
      ...ports,
      queue: {
        ...ports.queue,
        send: (message, delaySeconds) =>
          ports.queue.send(role === 'retry' ? { ...message, retriedBy: undefined } : message, delaySeconds),
      },
    }),
  },
  {
    name: 'an attempt keeps the log lines of the one before',
    shownBy: 'a job that fails for good',
    write: spoiled(['claim', 'reclaim'], ({ remove = [] }) => ({
      remove: remove.filter((one) => one !== 'logTail'),
    })),
  },
  withMessages('a message leaves its queue before its pointer is sent', inHours, (ports, role, received) => ({
    ...ports,
    pointers: {
      send: (pointer, delaySeconds) => {
        if (role === 'worker')
          for (const { receiptHandle } of received.event.Records) received.queue.delete(receiptHandle);
        return ports.pointers.send(pointer, delaySeconds);
      },
    },
  })),
  withMessages('no pointer is sent when the message comes again', inHours, (ports, role, { event }) =>
    role === 'worker' && event.Records.some(({ attributes }) => attributes.ApproximateReceiveCount !== '1')
      ? withoutPointers(ports)
      : ports,
  ),
  {
    name: 'a job does not say that its message has left the queue',
    shownBy: inHours,
    write: spoiled(['leaveQueue'], ({ set: { postponedUntil: _, ...set } }) => ({ set })),
  },
  {
    name: 'a job whose message leaves the queue does not keep it',
    shownBy: inHours,
    write: spoiled(['leaveQueue'], ({ set: { message: _, ...set } }) => ({ set })),
  },
  {
    name: 'a job whose message leaves the queue may start at once',
    shownBy: inHours,
    write: spoiled(['leaveQueue'], ({ set: { notBefore: _, ...set } }) => ({ set })),
  },
  {
    name: 'admission takes a job outside of all queues for one that backs off in a queue',
    shownBy: inHours,
    ports: (ports, role) =>
      role !== 'admission'
        ? ports
        : {
            ...ports,
            store: {
              ...ports.store,
              read: async (id) => {
                const item = await ports.store.read(id);
                return item && { ...item, postponedUntil: undefined };
              },
            },
          },
  },
  {
    name: 'only the last wait is counted',
    shownBy: inAMinute,
    write: (write, before) =>
      write.set.waitedMs === undefined
        ? write
        : { ...write, set: { ...write.set, waitedMs: write.set.waitedMs - (before?.waitedMs ?? 0) } },
  },
  {
    name: 'a wait that a handler asks for uses an attempt',
    shownBy: inAMinute,
    write: (write) => {
      const { attempt: _, ...set } = write.set;
      return write.set.waitedMs === undefined ? write : { ...write, set };
    },
  },
];
