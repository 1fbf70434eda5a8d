import { setTimeout } from 'node:timers/promises';

const defaultTimeoutMs = 90_000;
/** What takes long is looked at less often: each look takes time from what is waited for, and from other tests. */
const pollMs = (waitedMs: number): number => Math.min(500, 100 + waitedMs / 20);

/** Polls until `read` returns a value. @throws after 90 seconds, unless there is another time */
export async function eventually<T>(
  read: () => Promise<T | undefined>,
  what: string,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  const start = Date.now();
  while (Date.now() < start + timeoutMs) {
    const value = await read();
    if (value !== undefined) return value;
    await setTimeout(pollMs(Date.now() - start));
  }
  throw new Error(`timed out after ${timeoutMs / 1000} s waiting for ${what}`);
}
