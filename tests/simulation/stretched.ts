import type { JobContext } from '../../shared/author/handler.ts';
import { RetryAfterError } from '../../shared/domain/base/errors.ts';
import type { Order } from './client.ts';
import type { World } from './world.ts';

/*
 * Time on another scale: what jobs and clients wait for is so many times as long, and all else is as it was. Seconds become hours, and an hour
 * some weeks: then leases are short, pauses have grown, and tables have forgotten.
 */

/** A job waits for an answer, for a time and for its children for a year at most, and in a `RetryAfterError` for a week. */
const maxWaitSeconds = 360 * 24 * 3600;
const maxPutOffSeconds = 6 * 24 * 3600;

type Waits = Pick<JobContext, 'sleep' | 'waitFor' | 'waitForSignal'>;

const timesOf = ({ settings: { timesWaits = 1 } }: Pick<World, 'settings'>): number => timesWaits;

/** @param milliseconds between what a client does */
export const stretchedPause = (milliseconds: number, world: World): number => milliseconds * timesOf(world);

/** An order of which every time is so much later. It is stretched once: a repeated order says the same times. */
export function stretchedOrder(order: Order, world: World): Order {
  const { delaySeconds, startBefore } = order;
  const { now } = world.time;
  const later = timesOf(world);
  return {
    ...order,
    ...(delaySeconds === undefined ? {} : { delaySeconds: Math.min(delaySeconds * later, maxWaitSeconds) }),
    ...(startBefore === undefined ? {} : { startBefore: now + (startBefore - now) * later }),
  };
}

const seconds = (wait: number | undefined | Date, times: number): number =>
  typeof wait === 'number' ? Math.min(wait * times, maxWaitSeconds) : 0;

/** The waits of a handler, each so much longer. */
export function stretchedWaits(job: JobContext, world: World): Waits {
  const times = timesOf(world);
  if (times === 1) return { sleep: job.sleep, waitFor: job.waitFor, waitForSignal: job.waitForSignal };
  return {
    sleep: (wait, state) => job.sleep(seconds(wait, times), state),
    // Of all waits together the compiler cannot tell what each of them returns.
    waitFor: (key, wait): Promise<never> => {
      const { until } = wait;
      return job.waitFor(
        key,
        typeof until === 'number' ? { ...wait, until: seconds(until, times) } : wait,
      ) as Promise<never>;
    },
    waitForSignal: (name, { within, ...options }) =>
      job.waitForSignal(name, {
        ...options,
        within: typeof within === 'number' ? seconds(within, times) : within,
      }),
  };
}

/** What a handler has thrown: it may ask for a wait. */
export function stretchedError(thrown: unknown, world: World): unknown {
  const times = timesOf(world);
  if (times === 1 || !(thrown instanceof RetryAfterError) || typeof thrown.after !== 'number') return thrown;
  return new RetryAfterError(Math.min(thrown.after * times, maxPutOffSeconds));
}
