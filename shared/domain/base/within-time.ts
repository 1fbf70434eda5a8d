import type { Clock } from './ports.ts';

/**
 * Waits for a call, but no longer than so many milliseconds.
 * @param call its signal is aborted when the time is over. What it still does then, nobody waits for
 * @throws what the call throws; the error, if it is too late
 */
export async function withinTime<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { milliseconds, tooLate }: { readonly milliseconds: number; readonly tooLate: () => Error },
  clock: Pick<Clock, 'sleep'>,
): Promise<T> {
  const [controller, over] = [new AbortController(), new AbortController()];
  const { signal } = controller;
  const deadline = new Promise<never>((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  void clock.sleep(milliseconds, over.signal).then(() => over.signal.aborted || controller.abort(tooLate()));
  try {
    return await Promise.race([call(signal), deadline]);
  } finally {
    over.abort();
  }
}
