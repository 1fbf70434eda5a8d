import type { Clock } from './ports.ts';

/** Ends a sleep. Without a reason, Node.js would make an error with a stack: 20 µs of a job that takes 1,500. */
export const endSleep = (sleeping: AbortController): void => sleeping.abort('ended');

interface TimeLimit {
  readonly milliseconds: number;
  readonly tooLate: () => Error;
  /** After the abort the call may still end by itself, for so long. Default: not at all. */
  readonly graceMs?: number;
  /** Set where others abort the call, too. */
  readonly controller?: AbortController;
}

/**
 * Waits for a call, but no longer than so many milliseconds, or until it is aborted.
 * @param call its signal is aborted when the time is over. What it still does then, nobody waits for
 * @throws what the call throws; the error, if it is too late; the signal's reason
 */
export async function withinTime<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { milliseconds, tooLate, graceMs = 0, controller = new AbortController() }: TimeLimit,
  clock: Pick<Clock, 'sleep'>,
): Promise<T> {
  const { signal } = controller;
  const over = new AbortController();
  const deadline = new Promise<never>((_resolve, reject) => {
    const leave = async () => {
      if (graceMs > 0) await clock.sleep(graceMs);
      reject(signal.reason);
    };
    if (signal.aborted) void leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  void clock.sleep(milliseconds, over.signal).then(() => over.signal.aborted || controller.abort(tooLate()));
  try {
    return await Promise.race([call(signal), deadline]);
  } finally {
    endSleep(over);
  }
}
