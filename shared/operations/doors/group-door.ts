import type { Rates } from '../../domain/access/ports.ts';
import { asError } from '../../domain/base/errors.ts';
import type { Clock, Log } from '../../domain/base/ports.ts';
import {
  fullOrderedMessages,
  jobsBesideLongGroups,
  maxOrderedMessages,
} from '../../domain/base/queue-figures.ts';
import { OrderedQueueFullError } from '../../domain/state/limits/ordered-queue-full-error.ts';
import { orderedQueueOf } from '../../domain/state/tenant-queues.ts';

const readEveryMs = 5_000;

interface GroupDoorDependencies {
  /** How many ordered queues the stage has. */
  readonly queues: number;
  /** About how many messages an ordered queue has, by its number. */
  readonly count: (queue: number) => Promise<number>;
  readonly rates: Pick<Rates, 'take'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

interface Counted {
  readonly at: number;
  readonly messages: Promise<number>;
}

/**
 * Where jobs of groups come in: as long as their queue is not too long. A process counts its messages every few seconds
 * at most. While it is long, each tenant gets a few in, since nobody knows who has filled it.
 */
export class GroupDoor {
  readonly #deps: GroupDoorDependencies;
  readonly #counted = new Map<number, Counted>();

  constructor(deps: GroupDoorDependencies) {
    this.#deps = deps;
  }

  /** @throws OrderedQueueFullError */
  async enter(tenant: string): Promise<void> {
    const messages = await this.#messagesIn(orderedQueueOf(tenant, this.#deps.queues));
    if (messages < maxOrderedMessages) return;
    if (messages >= fullOrderedMessages || !(await this.#isOneOfFew(tenant)))
      throw new OrderedQueueFullError();
  }

  /** The queue is long: who cannot be counted does not come in. */
  async #isOneOfFew(tenant: string): Promise<boolean> {
    const { rates, clock, log } = this.#deps;
    const rate = { limit: 'groupJobsPerMinute', max: jobsBesideLongGroups, now: clock.now() } as const;
    try {
      return (await rates.take({ tenant, wanted: 1, ...rate })).taken === 1;
    } catch (error) {
      log.warn('job of a group not counted', { error: asError(error), tenant });
      return false;
    }
  }

  #messagesIn(queue: number): Promise<number> {
    const at = this.#deps.clock.now();
    const last = this.#counted.get(queue);
    if (last && at - last.at < readEveryMs) return last.messages;
    const messages = this.#count(queue);
    this.#counted.set(queue, { at, messages });
    return messages;
  }

  /** The bound is worth less than a job: who cannot count lets the job in. */
  async #count(queue: number): Promise<number> {
    try {
      return await this.#deps.count(queue);
    } catch (error) {
      this.#deps.log.warn('ordered queue not counted', { error: asError(error), queue });
      return 0;
    }
  }
}
