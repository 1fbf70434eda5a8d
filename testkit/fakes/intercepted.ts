import type { JobQueue, MessageKeepingStore } from '../../shared/domain/state/ports.ts';

export interface Ports {
  readonly store: MessageKeepingStore;
  readonly queue: JobQueue;
}

/**
 * Gets the name of a call: `read`, `write <transition>`, `send run <n>`, `changeVisibility` or `quarantine`. If it
 * throws, the call fails.
 */
export type Hook = (call: string) => void | Promise<void>;

const doNothing: Hook = () => undefined;

/** Runs hooks before and after every call to table and queue: to record the call, to make it fail, or to race it. */
export function intercepted(
  { store, queue }: Ports,
  { before = doNothing, after = doNothing }: { readonly before?: Hook; readonly after?: Hook },
): Ports {
  const around = async <T>(call: string, effect: () => Promise<T>): Promise<T> => {
    await before(call);
    const result = await effect();
    await after(call);
    return result;
  };
  return {
    store: {
      keepsMessages: true,
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
