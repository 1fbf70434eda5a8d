import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { MessageSource, Take } from '../../server/serve-queue.ts';
import type { ServerCondition } from '../../server/server-condition.ts';
import type { Delivery } from '../../shared/domain/state/ports.ts';
import type { Instance } from './instance.ts';
import type { LongPolls } from './long-polls.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

interface SourceSetup {
  readonly world: World;
  readonly instance: Instance;
  readonly queue: SimulatedQueue;
  readonly polls: LongPolls;
  readonly maxJobs: number;
  /** Aborted when the server is to stop. */
  readonly stopping: AbortSignal;
  readonly condition: ServerCondition;
}

type Handled = Pick<Delivery, 'receiptHandle'>;

/** SQS answers a receive after 20 seconds, if no message came. */
const longPollMs = 20_000;
/** SQS hands out so many messages at a time. */
const maxBatch = 10;
/** After a receive that failed. */
const retryMs = 10_000;

const messageIdOf = ({ receiptHandle }: Handled): string => receiptHandle.split('/')[0] ?? '';

/**
 * What a server receives from a queue. The receive sets the visibility timeout itself: a message whose receiver dies before
 * its first heartbeat is visible when the lease of its claim is over.
 */
export class ServerSource implements MessageSource {
  readonly #setup: SourceSetup;
  /** Everything that was received. It grows: a mutant that is made at the start knows the messages that come later. */
  readonly event: SQSEvent = { Records: [] };
  readonly #isOver = new AbortController();
  #isStopped = false;
  #poll: Promise<void> = Promise.resolve();

  constructor(setup: SourceSetup) {
    this.#setup = setup;
    void setup.instance.death.then(() => this.#isOver.abort());
  }

  start(take: Take, untilWell?: (signal: AbortSignal) => Promise<void>): void {
    void this.#receive(take, untilWell);
  }

  async #receive(take: Take, untilWell?: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { instance, maxJobs, condition, stopping } = this.#setup;
    let room = maxJobs;
    while (!this.#isStopped && !instance.isDead) {
      let taken: Promise<number> | undefined;
      if (condition.now.kind === 'ill') await untilWell?.(stopping);
      if (this.#isStopped || instance.isDead) return;
      this.#checkBegin();
      this.#poll = this.#longPoll(Math.min(room, maxBatch)).then((batch) => {
        taken = batch && take(batch);
      });
      await this.#poll;
      if (taken) room = await taken;
      else await instance.clock.sleep(retryMs, this.#isOver.signal);
    }
  }

  #checkBegin(): void {
    const { world, instance, stopping, condition } = this.#setup;
    if (condition.now.kind === 'ill')
      world.guard(() => {
        throw new Violation('a server that is ill begins no receive', instance.name);
      });
    if (stopping.aborted)
      world.guard(() => {
        throw new Violation('a server begins no receive after its stop', instance.name);
      });
  }

  /** @returns undefined if the receive failed */
  async #longPoll(max: number): Promise<readonly Delivery[] | undefined> {
    const { instance, polls } = this.#setup;
    if (!(await polls.wait(this.#isOver.signal))) return [];
    const call = instance.call('queue', 'receive', async () => this.#take(max)).catch(() => undefined);
    const batch = await Promise.race([call, instance.death.then(() => undefined)]);
    polls.done();
    return batch?.map(deliveryOf);
  }

  #take(max: number): readonly SQSRecord[] {
    const { world, instance, queue } = this.#setup;
    const received = { Records: queue.receive(max, world.figures.leaseMs + 1_000) };
    const records = (world.builds?.delivered(received, instance) ?? received).Records;
    world.say(`${instance.name}:    receives ${records.map(({ messageId }) => messageId).join(', ')}`);
    for (const { messageId } of records) instance.whys.delete(messageId);
    this.event.Records.push(...records);
    world.mutant.deliver?.({ Records: records }, queue);
    return records;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#setup.world.time.after(longPollMs, () => this.#isOver.abort());
    await this.#poll;
  }

  async delete(delivery: Handled): Promise<void> {
    const { instance, queue } = this.#setup;
    if (this.#isReturned(delivery, false)) return;
    await instance.call('queue', `delete ${messageIdOf(delivery)}`, async () =>
      queue.delete(delivery.receiptHandle),
    );
  }

  /** A message of which the log says that it is returned is made visible only after that. */
  async changeVisibility(delivery: Handled, change: () => Promise<void>): Promise<void> {
    const { instance, queue } = this.#setup;
    const isLast = instance.whys.has(messageIdOf(delivery));
    if (isLast && !this.#isReturned(delivery, true)) queue.delete(delivery.receiptHandle);
    else await change();
  }

  /** Lets the mutant decide whether a message stays in the queue, as it does with what a function answers. */
  #isReturned(delivery: Handled, isReturned: boolean): boolean {
    const { world, instance } = this.#setup;
    const itemIdentifier = messageIdOf(delivery);
    const Records = this.event.Records.filter(({ messageId }) => messageId === itemIdentifier).slice(-1);
    const known = { lost: world.invariants.lostBy(instance.name), whys: instance.whys };
    const answer = { batchItemFailures: isReturned ? [{ itemIdentifier }] : [] };
    return (world.mutant.answer?.(answer, { Records }, known) ?? answer).batchItemFailures.length > 0;
  }
}

const deliveryOf = ({ messageId, receiptHandle, body, attributes }: SQSRecord): Delivery => ({
  messageId,
  receiptHandle,
  body,
  receiveCount: Number(attributes.ApproximateReceiveCount),
  sentAt: Number(attributes.SentTimestamp),
});
