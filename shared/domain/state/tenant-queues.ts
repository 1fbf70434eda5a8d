import { hash } from 'node:crypto';
import { QueueUnavailableError } from '../base/errors.ts';
import type { Clock } from '../base/ports.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { GroupPlace, GroupPlaces, GroupQueue } from './group-place.ts';
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

/** Of how many tenants a process remembers the queue, and for how long: an operator may move the tenant. */
const [maxKnown, rememberedMs] = [1_000, 30_000];
/**
 * So long after a process has asked for the place of a tenant, what it does by that still counts: a message that it has sent, a job that it
 * has claimed. A process may stand still in between. See `closedMs`.
 */
export const validMs = 60_000;

/** A place, and until when it may be acted on, epoch milliseconds. */
export interface KnownPlace extends GroupPlace {
  readonly validUntil: number;
}

/** Of a stage that has no other. */
const onlyQueue: KnownPlace = { queue: 1, validUntil: Infinity };

/**
 * Which ordered queue has the groups of a tenant. All messages of a group must be in one queue: SQS knows no order between two. So the queue
 * of a tenant is kept before the first message is sent, and changes only when an operator moves the tenant (ADR 106). A stage with one queue
 * reads and writes nothing.
 */
export class TenantQueues {
  readonly #deps: TenantQueuesDependencies;
  readonly #known = new RecentMap<string, KnownPlace>(maxKnown);

  constructor(deps: TenantQueuesDependencies) {
    this.#deps = deps;
  }

  /** @returns where messages of the tenant are sent to. A tenant without a place gets one. @throws QueueUnavailableError */
  async placeOf(tenant: string): Promise<KnownPlace> {
    const { queues } = this.#deps;
    if (queues === 1) return onlyQueue;
    const place = this.#recent(tenant) ?? (await this.#remember(tenant, () => this.#find(tenant)));
    if (place.queue > queues)
      throw new QueueUnavailableError(
        `the tenant's groups are in the ordered queue ${place.queue} of ${queues}`,
      );
    return place;
  }

  /**
   * The same for who has received a message, and gives nobody a place.
   * @returns undefined if the tenant has none: no job of a group came since the stage has several queues
   * @throws QueueUnavailableError
   */
  async placeOfReceived(tenant: string): Promise<KnownPlace | undefined> {
    const { queues, places } = this.#deps;
    if (queues === 1) return onlyQueue;
    return this.#recent(tenant) ?? this.#remember(tenant, () => places.read(tenant));
  }

  #recent(tenant: string): KnownPlace | undefined {
    const known = this.#known.get(tenant);
    const readAt = (known?.validUntil ?? 0) - validMs;
    // A clock may be set back.
    return Math.abs(this.#deps.clock.now() - readAt) < rememberedMs ? known : undefined;
  }

  async #remember<Found extends GroupPlace | undefined>(tenant: string, read: () => Promise<Found>) {
    // An answer is as old as its question.
    const validUntil = this.#deps.clock.now() + validMs;
    const found = await read().catch((cause: unknown) => {
      throw new QueueUnavailableError('the ordered queue of the tenant could not be found', { cause });
    });
    const place = found && { ...found, validUntil };
    if (place) this.#known.set(tenant, place);
    return place;
  }

  async #find(tenant: string): Promise<GroupPlace> {
    const { places } = this.#deps;
    return (await places.read(tenant)) ?? places.keep(tenant, await this.#choose(tenant));
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

/** One of several ordered queues, for who receives from it. */
export interface OwnOrderedQueue {
  readonly number: number;
  readonly tenants: Pick<TenantQueues, 'placeOfReceived'>;
  /** All of them: a message goes to that of its tenant. */
  readonly queues: Pick<JobQueue, 'send'>;
}

type OneQueue = Pick<JobQueue, 'send' | 'changeVisibility'>;
type Places = Pick<TenantQueues, 'placeOf'>;

/** @param queues in the order of their numbers */
function queueAt<Queue>(number: number, queues: readonly Queue[]): Queue {
  const queue = queues[number - 1];
  if (!queue) throw new QueueUnavailableError(`there is no ordered queue ${number}`);
  return queue;
}

/** The ordered queues of a stage, in the order of their numbers. */
interface Ordered<Queue> {
  readonly queues: readonly Queue[];
  readonly tenants: Places;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Sends to the queue of a tenant.
 * @param send is given the queue, and until when it may go on
 * @throws QueueUnavailableError while a move of the tenant is about to end; and if the place may have changed meanwhile: then what was sent
 * counts as not accepted, and who receives it sends it on
 */
async function sendToQueueOf<Queue>(
  tenant: string,
  { queues, tenants, clock }: Ordered<Queue>,
  send: (queue: Queue, mayGoOn: () => boolean) => Promise<void>,
): Promise<void> {
  const { queue, move, validUntil } = await tenants.placeOf(tenant);
  if (move?.phase === 'closed')
    throw new QueueUnavailableError('the tenant is moved to another ordered queue');
  const isValid = () => clock.now() <= validUntil;
  const late = (cause?: unknown) =>
    new QueueUnavailableError('the message was sent too late: its tenant may be moved', { cause });
  await send(queueAt(queue, queues), isValid).catch((error: unknown) => {
    throw isValid() ? error : late(error);
  });
  if (!isValid()) throw late();
}

/** The ordered queues as one: what is sent goes to the queue of its tenant. */
export const groupQueue = (ordered: Ordered<OneQueue>): GroupQueue => ({
  send: (message, delaySeconds) =>
    sendToQueueOf(message.tenant, ordered, (queue) => queue.send(message, delaySeconds)),
  changeVisibility: async ({ tenant, receiptHandle }, seconds) => {
    const { queue } = await ordered.tenants.placeOf(tenant);
    await queueAt(queue, ordered.queues).changeVisibility({ receiptHandle }, seconds);
  },
});

interface ManyQueue {
  sendAll(messages: readonly JobMessage[], mayGoOn: () => boolean): Promise<void>;
}

/** The same for children, who are all of one tenant. */
export const groupChildQueue = (ordered: Ordered<ManyQueue>): ManyQueue => ({
  sendAll: async (messages, mayGoOn) => {
    const [first] = messages;
    if (!first) return;
    await sendToQueueOf(first.tenant, ordered, (queue, isValid) =>
      queue.sendAll(messages, () => isValid() && mayGoOn()),
    );
  },
});
