import type { JobQueue, JobStore } from '../../shared/job/ports.ts';

export interface Ports {
  readonly store: JobStore;
  readonly queue: JobQueue;
}

/** Told of each call by its name: `read`, `write <transition>`, `send run <n>`, `hide`, `quarantine`. May throw. */
export type Hook = (call: string) => void | Promise<void>;

const ignore: Hook = () => undefined;

/** Table and queue with something that happens right before or after their calls: a fault, a race, a note. */
export function intercepted(
  { store, queue }: Ports,
  { before = ignore, after = ignore }: { readonly before?: Hook; readonly after?: Hook },
): Ports {
  const around = async <T>(call: string, effect: () => Promise<T>): Promise<T> => {
    await before(call);
    const result = await effect();
    await after(call);
    return result;
  };
  return {
    store: {
      read: (id) => around('read', () => store.read(id)),
      write: (write) => around(`write ${write.transition}`, () => store.write(write)),
    },
    queue: {
      isOrdered: queue.isOrdered,
      send: (message, delay) => around(`send run ${message.run}`, () => queue.send(message, delay)),
      changeVisibility: (delivery, seconds) =>
        around('changeVisibility', () => queue.changeVisibility(delivery, seconds)),
      quarantine: (delivery, reason) => around('quarantine', () => queue.quarantine(delivery, reason)),
    },
  };
}
