import { type MessageSource, QueueServer, type ServeDependencies } from '../../server/serve-queue.ts';
import { QueueUnavailableError } from '../../shared/job/errors.ts';
import type { Handlers } from '../../shared/job/handler.ts';
import type { Delivery } from '../../shared/job/ports.ts';
import { type AllHandlers, handlers } from './handlers.ts';
import { aWorker } from './worker.ts';

/** What a server receives from, in a test. The test hands out the batches. */
class FakeSource implements MessageSource {
  readonly deleted: string[] = [];
  /** Whether deletions fail. */
  isFailing = false;
  /** What has happened, in order. */
  readonly calls: string[] = [];
  #take: ((batch: readonly Delivery[]) => Promise<number>) | undefined;
  /** Held back by a test: a receive that is under way when the server stops. */
  underWay: Promise<void> = Promise.resolve();

  start(take: (batch: readonly Delivery[]) => Promise<number>): void {
    this.calls.push('start');
    this.#take = take;
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    await this.underWay;
  }

  async delete({ receiptHandle }: Pick<Delivery, 'receiptHandle'>): Promise<void> {
    if (this.isFailing) throw new QueueUnavailableError('the deletion fails in this test');
    this.deleted.push(receiptHandle);
  }

  /** @returns how many messages the next batch may have, once the server says so */
  async receive(...batch: readonly Delivery[]): Promise<number> {
    if (!this.#take) throw new Error('the server receives nothing');
    return this.#take(batch);
  }
}

interface Setup extends Partial<ServeDependencies> {
  readonly countdown?: AllHandlers['countdown'];
  /** The handlers of jobs that have a process of their own. */
  readonly isolated?: Handlers;
}

/** A job that saves no state. */
export const pausing: AllHandlers['countdown'] = async ({ seconds }, job) => {
  await job.pause(seconds);
  return { seconds };
};

/** A worker server on fakes. */
export function aQueueServer({ countdown = handlers.countdown, isolated = handlers, ...more }: Setup = {}) {
  const { deps, ...worker } = aWorker();
  const source = new FakeSource();
  const requested = new AbortController();
  const drained = new AbortController();
  const running: number[] = [];
  /** The message ids of the jobs that were given a process of their own. */
  const inProcesses: string[] = [];
  const server = new QueueServer({
    ...deps,
    handlers: { ...handlers, countdown },
    source,
    isolate: ({ messageId }) => {
      inProcesses.push(messageId);
      return isolated;
    },
    stopping: { requested: requested.signal, drained: drained.signal },
    maxJobs: 2,
    onRunning: (count) => running.push(count),
    ...more,
  });
  const stop = () => requested.abort();
  const drain = () => drained.abort();
  return { ...worker, deps, server, source, running, inProcesses, stop, drain };
}
