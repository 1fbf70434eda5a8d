import { contractOf } from '../shared/author/contract.ts';
import type { Handlers } from '../shared/author/handler.ts';
import { returned } from '../shared/delivery/disposition.ts';
import { type DeliveriesDependencies, disposeOf } from '../shared/delivery/process-deliveries.ts';
import { readDelivery } from '../shared/delivery/read-delivery.ts';
import { asError } from '../shared/domain/base/errors.ts';
import type { Delivery } from '../shared/domain/state/ports.ts';
import { processDelivery } from '../shared/worker/attempt/process-delivery.ts';
import type { WorkerDependencies } from '../shared/worker/gates/before-claim.ts';
import { type ServerResources, type Stopping, serverInvocation } from '../shared/worker/hold/invocation.ts';
import { BlameServer } from './blame-server.ts';
import type { ServerCondition } from './server-condition.ts';

export type Take = (batch: readonly Delivery[]) => Promise<number>;

/** What a server does with a queue beside what every worker does. */
export interface MessageSource {
  /**
   * Receives until `stop`. Each batch is handed to `take`, and the next one has at most as many messages as that
   * resolves with. Each receive waits for `untilWell` first. A receive that is under way at a stop may still bring
   * messages.
   */
  start(take: Take, untilWell?: (signal: AbortSignal) => Promise<void>): void;
  /**
   * Begins no receive any more. Resolves when none is under way, and `take` was called with what the last one brought.
   */
  stop(): Promise<void>;
  /** @throws QueueUnavailableError */
  delete(delivery: Pick<Delivery, 'receiptHandle'>): Promise<void>;
}

/** Handlers that run a job in a process of its own. */
export type Isolate = (delivery: Delivery) => Handlers;

export interface ServeDependencies extends WorkerDependencies, Omit<DeliveriesDependencies, 'store'> {
  readonly source: MessageSource;
  readonly isolate: Isolate;
  readonly stopping: Stopping;
  readonly condition: ServerCondition;
  /** What is counted as the cost of a job. */
  readonly place?: ServerResources;
  /** How many jobs run at a time. */
  readonly maxJobs: number;
  /** Called when a job begins, and when it has ended, with how many are running then. */
  readonly onRunning?: (running: number) => void;
}

/** How long a receive waits for more room, once there is some. */
const gatherMs = 20;

/** Receives the messages of one queue, and processes each as soon as it has come, until the server stops. */
export class QueueServer {
  readonly #deps: ServeDependencies;
  readonly #blame: BlameServer;
  /** Those that run in this process. */
  readonly #handlers: Handlers;
  readonly #running = new Set<Promise<void>>();
  #onEnd: () => void = () => {};

  constructor(deps: ServeDependencies) {
    this.#deps = deps;
    this.#blame = new BlameServer(deps.condition);
    this.#handlers = this.#blame.judged(deps.handlers);
  }

  get running(): number {
    return this.#running.size;
  }

  start(): void {
    const { source, stopping, condition } = this.#deps;
    if (!stopping.requested.aborted)
      source.start(
        (batch) => this.#take(batch),
        (signal) => condition.untilWell(signal),
      );
  }

  /** Resolves when the server has stopped and every job that it has begun has come to an end, or was given back. */
  async stopped(): Promise<void> {
    const { source, stopping } = this.#deps;
    await aborted(stopping.requested);
    await source.stop();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #take(batch: readonly Delivery[]): Promise<number> {
    for (const delivery of batch) this.#begin(delivery);
    const { maxJobs, clock } = this.#deps;
    if (this.#running.size >= maxJobs) {
      await this.#nextEnd();
      // Short jobs end together: one receive brings as many anew, where each would have a receive of its own.
      await clock.sleep(gatherMs);
    }
    return maxJobs - this.#running.size;
  }

  /** `Promise.race` would leave a reaction at a job of hours for every short job beside it. */
  #nextEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  #begin(delivery: Delivery): void {
    const { onRunning = () => {} } = this.#deps;
    const job = this.#process(delivery).finally(() => {
      this.#running.delete(job);
      this.#onEnd();
      onRunning(this.#running.size);
    });
    this.#running.add(job);
    onRunning(this.#running.size);
  }

  /** Never rejects. A message that is not deleted comes again, and then its job may have ended. */
  async #process(delivery: Delivery): Promise<void> {
    const { source, log } = this.#deps;
    try {
      const { kind } = await disposeOf(delivery, (one) => this.#decide(one), this.#deps);
      if (kind === 'delete') await source.delete(delivery);
    } catch (thrown) {
      log.warn('message not deleted', { error: asError(thrown), messageId: delivery.messageId });
    }
  }

  async #decide(delivery: Delivery) {
    const { clock, isolate, place, condition } = this.#deps;
    // Its receive was under way, or its own answer says that the clock is wrong.
    if (condition.now.kind === 'ill')
      return returned('the server is ill', clock.now(), readMessageOf(delivery)?.message);
    const { requested, drained } = this.#deps.stopping;
    const stopping = { requested, drained: AbortSignal.any([drained, condition.wrongClock]) };
    const isIsolated = mustIsolate(delivery, this.#deps);
    const handlers = isIsolated ? this.#blame.judged(isolate(delivery)) : this.#handlers;
    const deps = { ...this.#deps, handlers };
    return processDelivery(delivery, serverInvocation({ isIsolated, stopping, ...place }, clock), deps);
  }
}

/** A job that crashed its process is delivered again: from then on the job has a process of its own. */
function mustIsolate(delivery: Delivery, { contracts }: Pick<ServeDependencies, 'contracts'>): boolean {
  const received = readMessageOf(delivery);
  if (!received) return false;
  const { queue, isolate = queue === 'server' } = contractOf(contracts, received.type) ?? {};
  return isolate || received.redelivered;
}

function readMessageOf(delivery: Delivery) {
  try {
    const received = readDelivery(delivery);
    return received instanceof Error ? undefined : { ...received, type: received.message.type };
  } catch {
    // A message of newer code is returned.
    return undefined;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
