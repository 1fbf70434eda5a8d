/** Waits. @throws the signal's reason, at once, if it is aborted */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const limit = limitTime(ms, signal);
  await new Promise((resolve) => limit.signal.addEventListener('abort', resolve));
  limit.end();
  signal?.throwIfAborted();
}

interface TimeLimit {
  /** Aborted when the time is over, or with the signal that it was made of. */
  readonly signal: AbortSignal;
  /** Whether the time was over first. */
  readonly isOver: () => boolean;
  /** Leaves no timer and no listener behind. */
  readonly end: () => void;
}

/** Unlike `AbortSignal.any`, it can be ended: a signal that lives long would collect listeners. */
export function limitTime(ms: number, outer?: AbortSignal): TimeLimit {
  const inner = new AbortController();
  const over = new DOMException('There was no answer in time.', 'TimeoutError');
  const pass = () => inner.abort(outer?.reason);
  const timer = setTimeout(() => inner.abort(over), ms);
  outer?.addEventListener('abort', pass);
  if (outer?.aborted) pass();
  return {
    signal: inner.signal,
    isOver: () => inner.signal.reason === over,
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', pass);
    },
  };
}
