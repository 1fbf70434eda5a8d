import { Worker } from 'node:worker_threads';

/** An invocation whose thread has ended before it answered. */
export interface LostInvocation {
  readonly event: unknown;
  /** Absent if the thread was ended, or ended itself with `process.exit`. */
  readonly error: unknown;
}

/** A thread of a function. */
interface Thread {
  /** That it was invoked with last. */
  event: unknown;
  error: unknown;
  hasEnded: boolean;
}

/**
 * Reports every invocation whose thread ends. serverless-offline runs functions in threads, has no listener for that,
 * and never answers. It may also call a thread again that has ended: that invocation is reported at once.
 */
export function onLostInvocation(report: (lost: LostInvocation) => void): void {
  const threads = new WeakMap<Worker, Thread>();
  const threadOf = (worker: Worker): Thread => {
    const thread = threads.get(worker) ?? { event: undefined, error: undefined, hasEnded: false };
    threads.set(worker, thread);
    return thread;
  };
  process.on('worker', (worker: Worker) => {
    const thread = threadOf(worker);
    worker.on('error', (error) => {
      thread.error = error;
    });
    worker.on('exit', () => {
      thread.hasEnded = true;
      report(thread);
    });
  });
  // In the class, since a new thread gets its first event before Node.js tells of the thread.
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (this: Worker, message: { readonly event?: unknown }, ...rest) {
    const thread = threadOf(this);
    thread.event = message.event;
    if (thread.hasEnded) report(thread);
    else postMessage.call(this, message, ...rest);
  };
}
