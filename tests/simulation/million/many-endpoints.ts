import {
  type Endpoint,
  endpointIdOf,
  type ParkedNotification,
  parkingShards,
} from '../../../shared/domain/notify/endpoint.ts';
import type { NotificationMessage } from '../../../shared/domain/notify/notification.ts';
import { shardOf } from '../../../shared/domain/state/job/list-keys.ts';
import { InMemoryEndpoints } from '../../../testkit/fakes/in-memory-endpoints.ts';

/** The notice of a tenant's job, which has a number. A tenant's notices go to so many receivers in turn. */
export const noticeOf = (tenant: 'A' | 'B', number: number, receivers = 1): NotificationMessage => ({
  version: 1,
  tenant,
  jobId: String(number).padStart(12, '0'),
  type: 'counting',
  run: 1,
  status: 'succeeded',
  createdAt: 0,
  finishedAt: number,
  target: { url: `https://${tenant.toLowerCase()}${number % receivers}.example/${number}` },
  position: 0,
  attempts: 0,
});

export const numberOf = ({ jobId }: Pick<NotificationMessage, 'jobId'>): number => Number(jobId);

interface Parked extends Pick<NotificationMessage, 'attempts' | 'firstAt'> {
  readonly number: number;
  readonly giveUpAt: number;
}

/** The table of endpoints with a million notices of A: of each so little is kept that they fit. It counts how it is used. */
export class ManyEndpoints extends InMemoryEndpoints {
  /** In each shard in the order in which they were parked. */
  readonly #shards = Array.from({ length: parkingShards }, () => new Map<string, Parked>());
  readonly #time: { readonly now: number };
  readonly #used = new Map<string, number>();
  #second = 0;
  writesMost = 0;
  readsMost = 0;

  constructor(time: { readonly now: number }) {
    super();
    this.#time = time;
  }

  get count(): number {
    return this.#shards.reduce((sum, { size }) => sum + size, 0);
  }

  /** How often something was done in this second. */
  #use(what: string): number {
    const second = Math.floor(this.#time.now / 1_000);
    if (second !== this.#second) this.#used.clear();
    this.#second = second;
    const times = (this.#used.get(what) ?? 0) + 1;
    this.#used.set(what, times);
    return times;
  }

  override read(endpoint: Endpoint) {
    this.readsMost = Math.max(this.readsMost, this.#use(endpointIdOf(endpoint)));
    return super.read(endpoint);
  }

  override async park(_endpoint: Endpoint, { id, message, giveUpAt }: ParkedNotification): Promise<void> {
    const shard = shardOf(id, parkingShards);
    this.writesMost = Math.max(this.writesMost, this.#use(`shard ${shard}`));
    const { attempts, firstAt } = message;
    this.#shards[shard]?.set(id, { number: numberOf(message), attempts, firstAt, giveUpAt });
  }

  override async front(_endpoint: Endpoint, limit: number): Promise<readonly ParkedNotification[]> {
    const found = this.#shards.flatMap((shard) => firstOf(shard, limit));
    return found.map(([id, { number, giveUpAt, ...more }]) => ({
      ...{ version: 1, id, giveUpAt },
      message: { ...noticeOf('A', number), ...more },
    }));
  }

  override async remove(_endpoint: Endpoint, id: string): Promise<void> {
    const shard = shardOf(id, parkingShards);
    this.writesMost = Math.max(this.writesMost, this.#use(`shard ${shard}`));
    this.#shards[shard]?.delete(id);
  }
}

/** Without a copy of all others. */
function firstOf<Entry>(
  shard: ReadonlyMap<string, Entry>,
  limit: number,
): readonly (readonly [string, Entry])[] {
  const first: (readonly [string, Entry])[] = [];
  for (const entry of shard) {
    if (first.length >= limit) break;
    first.push(entry);
  }
  return first;
}
