import type { MessageSource } from '../../server/serve-queue.ts';
import { type Mutant, type Ports, spoiled } from './mutant.ts';

/** The receive asks for no visibility timeout: that of the queue is much longer than a lease. */
const queueTimeoutSeconds = 360;

/** Deletes each message as soon as it has come. */
const deletingFirst = (source: MessageSource): MessageSource => ({
  ...boundTo(source),
  start: (take, untilWell) =>
    source.start((batch) => {
      for (const delivery of batch) void source.delete(delivery).catch(() => undefined);
      return take(batch);
    }, untilWell),
  delete: async () => {},
});

/** A source is an instance of a class: a copy of it has no methods. */
const boundTo = (source: MessageSource): MessageSource => ({
  start: (take, untilWell) => source.start(take, untilWell),
  stop: () => source.stop(),
  delete: (delivery) => source.delete(delivery),
});

/** Takes an interrupted job for given back, and stores nothing. */
const interruptingInSilence = ({ store, ...ports }: Ports): Ports => ({
  ...ports,
  store: {
    ...store,
    write: async (write) => {
      if (write.transition !== 'interrupt') return store.write(write);
      const item = await store.read(write.id);
      return item && { ...item, status: 'queued' };
    },
  },
});

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/** Of worker servers: how they receive, and how they stop. */
export const serverMutants: readonly Mutant[] = [
  {
    name: 'a server deletes a message before the outcome is stored',
    shownBy: 'one job on a server',
    source: deletingFirst,
  },
  {
    name: 'a server goes on receiving after its stop',
    shownBy: 'a message comes to a server that stops',
    source: (source) => ({ ...boundTo(source), stop: async () => {} }),
  },
  {
    name: 'a server exits without waiting for its jobs',
    shownBy: 'a server stops in the middle of a job that saves its state',
    exit: (_server, stop) => aborted(stop),
  },
  {
    name: 'a server leaves it to the queue how long a message is invisible',
    shownBy: 'one job on a server',
    deliver: ({ Records }, queue) => {
      for (const { receiptHandle } of Records) queue.changeVisibility(receiptHandle, queueTimeoutSeconds);
    },
  },
  {
    name: 'an attempt counts that a stop has handed over',
    shownBy: 'a server stops in the middle of a job that saves its state',
    write: spoiled(['handOver'], ({ set: { attempt: _, ...set } }) => ({ set })),
  },
  {
    name: 'an attempt counts that a stop has interrupted',
    shownBy: 'a server stops before a job has ended that saves no state, and has but one attempt',
    write: spoiled(['interrupt'], ({ set: { attempt: _, ...set } }) => ({ set })),
  },
  {
    name: 'a server that is ill goes on receiving',
    shownBy: 'the disk of a server is full for a minute, and each job has but one attempt',
    source: (source) => ({ ...boundTo(source), start: (take) => source.start(take) }),
  },
  {
    name: 'a server gives back what its full disk fails, and takes itself for well',
    shownBy: 'the disk of a server is full for a minute, and each job has but one attempt',
    condition: (condition) => Object.assign(condition, { turnIll: () => {} }),
  },
  {
    name: 'an attempt counts that a full disk has ended',
    shownBy: 'the disk of a server is full for a minute, and each job has but one attempt',
    write: spoiled(['interrupt'], ({ set: { attempt: _, ...set } }) => ({ set })),
  },
  {
    name: 'an interruption is not counted',
    shownBy: 'a job is interrupted until it fails, and is retried by the user',
    write: spoiled(['interrupt'], ({ set: { interruptions: _, ...set } }) => ({ set })),
  },
  {
    name: 'the message of an interrupted job is returned, and nothing is stored',
    shownBy: 'a server stops before a job has ended that saves no state, and has but one attempt',
    ports: interruptingInSilence,
  },
];
