import { setTimeout } from 'node:timers/promises';

const defaultTimeoutMs = 90_000;
const pollMs = 100;

/** Polls until `read` returns a value. @throws after 90 seconds, unless there is another time */
export async function eventually<T>(
  read: () => Promise<T | undefined>,
  what: string,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const value = await read();
    if (value !== undefined) return value;
    await setTimeout(pollMs);
  }
  throw new Error(`timed out after ${timeoutMs / 1000} s waiting for ${what}`);
}
