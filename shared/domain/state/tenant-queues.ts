import { hash } from 'node:crypto';
import { QueueUnavailableError } from '../base/errors.ts';
import type { Clock } from '../base/ports.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { GroupPlaces, GroupQueue } from './group-place.ts';
import type { JobMessage } from './message.ts';
import type { JobQueue } from './ports.ts';

/** How many ordered queues there are, and when tenants without a place may get another one than the first. */
export interface OrderedQueueSettings {
  readonly queues: number;
  /**
   * For so long after the stage got several queues, a tenant without a place gets the first one: there may be jobs of it in there. 0: there
   * are none.
   */
  readonly waitMs: number;
}

interface TenantQueuesDependencies extends OrderedQueueSettings {
  readonly places: GroupPlaces;
  readonly clock: Pick<Clock, 'now'>;
}

/** Of how many tenants a process remembers the queue. */
const maxKnown = 1_000;

/**
 * Which ordered queue has the groups of a tenant. All messages of a group must be in one queue: SQS knows no order between two. So the queue
 * of a tenant is kept before the first message is sent, and never changes. A stage with one queue reads and writes nothing.
 */
export class TenantQueues {
  readonly #deps: TenantQueuesDependencies;
  readonly #known = new RecentMap<string, number>(maxKnown);

  constructor(deps: TenantQueuesDependencies) {
    this.#deps = deps;
  }

  /** @returns the number of the queue, from 1 on. @throws QueueUnavailableError */
  async numberOf(tenant: string): Promise<number> {
    const { queues } = this.#deps;
    if (queues === 1) return 1;
    const number = this.#known.get(tenant) ?? (await this.#find(tenant));
    if (number > queues)
      throw new QueueUnavailableError(`the tenant's groups are in the ordered queue ${number} of ${queues}`);
    this.#known.set(tenant, number);
    return number;
  }

  async #find(tenant: string): Promise<number> {
    const { places } = this.#deps;
    try {
      const place = (await places.read(tenant)) ?? (await places.keep(tenant, await this.#choose(tenant)));
      return place.queue;
    } catch (cause) {
      throw new QueueUnavailableError('the ordered queue of the tenant could not be found', { cause });
    }
  }

  async #choose(tenant: string): Promise<number> {
    const { places, clock, queues, waitMs } = this.#deps;
    if (waitMs === 0) return 1 + hashOf(tenant, queues);
    const now = clock.now();
    const isOpen = now - (await places.since(now)) >= waitMs;
    // The first queue has all tenants of before.
    return isOpen ? 2 + hashOf(tenant, queues - 1) : 1;
  }
}

/** A whole number below `below`. */
const hashOf = (tenant: string, below: number): number =>
  Number.parseInt(hash('sha256', tenant, 'hex').slice(0, 8), 16) % below;

type OneQueue = Pick<JobQueue, 'send' | 'changeVisibility'>;

/** @param queues in the order of their numbers */
async function queueOf<Queue>(tenant: string, queues: readonly Queue[], tenants: NumberOf): Promise<Queue> {
  const number = await tenants.numberOf(tenant);
  const queue = queues[number - 1];
  if (!queue) throw new QueueUnavailableError(`there is no ordered queue ${number}`);
  return queue;
}

type NumberOf = Pick<TenantQueues, 'numberOf'>;

/** The ordered queues as one: what is sent goes to the queue of its tenant. @param queues in the order of their numbers */
export const groupQueue = (queues: readonly OneQueue[], tenants: NumberOf): GroupQueue => ({
  send: async (message, delaySeconds) => {
    const queue = await queueOf(message.tenant, queues, tenants);
    await queue.send(message, delaySeconds);
  },
  changeVisibility: async ({ tenant, receiptHandle }, seconds) => {
    const queue = await queueOf(tenant, queues, tenants);
    await queue.changeVisibility({ receiptHandle }, seconds);
  },
});

interface ManyQueue {
  sendAll(messages: readonly JobMessage[], mayGoOn: () => boolean): Promise<void>;
}

/** The same for children, who are all of one tenant. */
export const groupChildQueue = (queues: readonly ManyQueue[], tenants: NumberOf): ManyQueue => ({
  sendAll: async (messages, mayGoOn) => {
    const [first] = messages;
    if (!first) return;
    const queue = await queueOf(first.tenant, queues, tenants);
    await queue.sendAll(messages, mayGoOn);
  },
});
