import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Instance } from './instance.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { World } from './world.ts';

export type Handler = (
  event: SQSEvent,
  instance: Instance,
  queue: SimulatedQueue,
) => Promise<SQSBatchResponse>;

export interface Mapping {
  readonly queue: SimulatedQueue;
  /** Of the instances that it invokes. */
  readonly role: string;
  readonly batchSize: number;
  /** How many invocations there are at a time. Default: 4. */
  readonly concurrency?: number;
}

/** Lambda's event source mapping for one queue: batches, several at a time, and an end at the deadline. */
export class EventSource {
  readonly #world: World;
  readonly #queue: SimulatedQueue;
  readonly #role: string;
  readonly #batchSize: number;
  readonly #concurrency: number;
  readonly #handle: Handler;
  #running = 0;

  constructor(world: World, { queue, role, batchSize, concurrency = 4 }: Mapping, handle: Handler) {
    this.#world = world;
    this.#queue = queue;
    this.#role = role;
    this.#batchSize = batchSize;
    this.#concurrency = concurrency;
    this.#handle = handle;
    queue.addReceiver(() => this.#poll());
  }

  #poll(): void {
    while (this.#running < this.#concurrency) {
      const Records = this.#queue.receiveRecords(this.#batchSize);
      if (Records.length === 0) return;
      void this.#invoke({ Records });
    }
  }

  async #invoke(event: SQSEvent): Promise<void> {
    const instance = this.#world.instance(this.#role);
    this.#world.say(
      `${instance.name}: receives ${event.Records.map(({ messageId }) => messageId).join(', ')}`,
    );
    instance.jobs = new Set(event.Records.map(({ body }) => /"id":"([^"]+)"/.exec(body)?.[1] ?? body));
    this.#running += 1;
    const callOff = this.#world.time.after(this.#world.figures.functionTimeoutMs, () =>
      instance.kill('deadline'),
    );
    const answer = await Promise.race([
      this.#handle(event, instance, this.#queue).catch((error: unknown) =>
        this.#world.say(`${instance.name}: ${error}`),
      ),
      instance.death.then(() => undefined),
    ]);
    callOff();
    if (answer) await this.#settle(event, answer, instance);
    this.#world.suspend(instance);
    this.#running -= 1;
    this.#poll();
  }

  async #settle(event: SQSEvent, { batchItemFailures }: SQSBatchResponse, instance: Instance): Promise<void> {
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of event.Records) {
      if (failed.has(messageId)) {
        this.#queue.leave(receiptHandle);
        if (this.#world.settings.failedComeBackAtOnce)
          this.#queue.changeVisibility(receiptHandle, this.#world.figures.atOnceSeconds);
        continue;
      }
      const done = instance.call('queue', `delete ${messageId}`, async () =>
        this.#queue.delete(receiptHandle),
      );
      await Promise.race([done.catch(() => {}), instance.death]);
    }
  }
}
