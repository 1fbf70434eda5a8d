import { microsOf } from '../../shared/domain/access/rate.ts';
import { batchKeyPrefix } from '../../shared/domain/children/batch.ts';
import { parkedNotification } from '../../shared/domain/notify/endpoint.ts';
import { awaitedBatches, type JobItem } from '../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import type { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** The kinds of items that TTL may remove. */
export type Kind =
  | 'job'
  | 'root'
  | 'shard'
  | 'erased'
  | 'start'
  | 'turn'
  | 'callLine'
  | 'rate'
  | 'count'
  | 'firstTry'
  | 'debounce'
  | 'errorGroup'
  | 'breaker'
  | 'parked';

export interface Removed {
  readonly kind: Kind;
  readonly key: string;
}

const isAlive = ({ status }: JobItem): boolean => !isTerminal(status);

/** By a clock that is behind it could still be needed. An arrival time that is over remembers nothing. */
const isAhead = (records: InMemoryRecords, id: string, { time }: World): boolean =>
  Number(records.items.get(id)?.arrivesAt ?? 0) > microsOf(time.now);

/** What is alive and refers to an item, in words; undefined if nothing does. */
const referrers: Readonly<Record<Kind, (key: string, world: World) => string | undefined>> = {
  job: (id, { table }) => {
    const item = table.items.get(id);
    return item && isAlive(item) ? 'the job has not ended' : undefined;
  },
  root: (id, { table }) => {
    const batch = id.slice(batchKeyPrefix.length);
    const parent = [...table.items.values()].find((item) => isAlive(item) && item.batches?.has(batch));
    return parent && `its parent ${parent.id} is ${parent.status}`;
  },
  // A full shard is in the root.
  shard: (key, { table, batches }) => {
    const { batch = '', round = 0, shard = 0 } = batches.stored.get(key) ?? {};
    const root = batches.roots.get(batch);
    if (!root || root.round !== round || root.full?.has(String(shard))) return undefined;
    const parent = table.items.get(root.parent);
    const waits = parent !== undefined && awaitedBatches(parent).includes(batch);
    return waits ? `its parent ${parent.id} waits for it` : undefined;
  },
  // Only a process that has the batch still would make its shards anew.
  erased: (key, { table, batches }) => {
    const item = [...table.items.values()].find(
      ({ batches: own, ...rest }) =>
        isAlive(rest) && [...(own ?? [])].some((batch) => key.includes(batch) && !batches.roots.has(batch)),
    );
    return item && `${item.id} has its batch`;
  },
  start: (key, world) => (isAhead(world.startRates.records, key, world) ? 'it holds back starts' : undefined),
  turn: (key, world) => (isAhead(world.startRates.records, key, world) ? 'jobs wait in its line' : undefined),
  callLine: (key, { startRates, time }) =>
    Number(startRates.records.items.get(key)?.nextAt ?? 0) > time.now ? 'it holds back calls' : undefined,
  rate: (key, world) => (isAhead(world.records, key, world) ? 'it holds back submissions' : undefined),
  // Without it the index is counted.
  count: () => undefined,
  firstTry: (key, { records, table }) => {
    const item = table.items.get(String(records.items.get(key)?.jobId));
    return item && isAlive(item) ? `its job ${item.id} is ${item.status}` : undefined;
  },
  debounce: () => undefined,
  errorGroup: () => undefined,
  breaker: (key, { endpoints }) =>
    (endpoints.parked.get(key)?.size ?? 0) > 0 ? 'notifications wait for its endpoint' : undefined,
  parked: (key, { endpoints, time }) => {
    const [found] = [...endpoints.parked.values()].flatMap((under) => under.get(key) ?? []);
    return found && parkedNotification.parse(found).giveUpAt > time.now
      ? 'it is not given up yet'
      : undefined;
  },
};

/** Nothing is removed that something alive refers to: a job that has not ended, or a limit that still holds something back. */
export class RemovalRule {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** TTL removes an item: right before it is gone. */
  onRemoved({ kind, key }: Removed): void {
    const why = referrers[kind](key, this.#world);
    if (why !== undefined)
      throw new Violation('nothing is removed that something alive refers to', `${kind} ${key}: ${why}`);
  }
}
