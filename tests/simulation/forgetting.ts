import type { Fields } from '../../shared/domain/base/records.ts';
import { parkedExpiresAt } from '../../shared/domain/notify/endpoint.ts';
import type { ExpiringMap } from '../../testkit/fakes/expiring-map.ts';
import { SeededRandom } from '../../testkit/play/seeded-random.ts';
import type { Kind, Removed } from './removal-rule.ts';
import type { World } from './world.ts';

/** How the tables of a world forget what is past its `expiresAt`. DynamoDB removes it within days, and shows it until then. */
export interface Forgets {
  /** So long after its time the first call finds nothing of it. */
  readonly afterMs: number;
  /** The chance, at each call to a table, that an item is gone which its time is over of. Less than 1: reads still show it. */
  readonly chance: number;
}

/** What TTL may remove. */
interface Expiring extends Removed {
  /** Epoch seconds. */
  readonly expiresAt: number;
  remove(): void;
}

/** TTL, for every kind of item of every table. Right before a call to a table it may remove what is past its time. */
export class Forgetting {
  readonly #world: World;
  /** Of its own: where nothing is past its time, a run is what it is without a TTL. */
  #random: SeededRandom | undefined;
  /** How many of each kind were removed. */
  readonly removed = new Map<Kind, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A call to a table is about to take effect. */
  onCall(): void {
    const { forgets, seed = 1 } = this.#world.settings;
    if (!forgets) return;
    const { afterMs, chance } = forgets;
    this.#random ??= new SeededRandom(seed + 2 ** 20);
    const { time, removalRule, guard, say } = this.#world;
    for (const one of expiringIn(this.#world)) {
      if (one.expiresAt * 1000 + afterMs > time.now || !this.#random.chance(chance)) continue;
      say(`TTL removes the ${one.kind} ${one.key}`);
      guard(() => removalRule.onRemoved(one));
      one.remove();
      this.removed.set(one.kind, (this.removed.get(one.kind) ?? 0) + 1);
    }
  }
}

/** All items that have an `expiresAt`, whether it is over or not. */
function expiringIn(world: World): readonly Expiring[] {
  return [...jobs(world), ...endpointItems(world), ...recordsOf(world), ...numbers(world)];
}

const jobs = ({ table, expire }: World): readonly Expiring[] =>
  [...table.items.values()].flatMap(({ id, expiresAt }) =>
    expiresAt === undefined ? [] : { kind: 'job' as const, key: id, expiresAt, remove: () => expire(id) },
  );

function endpointItems({ endpoints: { breakers, parked } }: World): readonly Expiring[] {
  return [
    ...[...breakers].flatMap(([key, { expiresAt }]) =>
      expiresAt === undefined
        ? []
        : { kind: 'breaker' as const, key, expiresAt, remove: () => breakers.delete(key) },
    ),
    ...[...parked.values()].flatMap((under) =>
      [...under].map(([key, notification]) => ({
        ...{ kind: 'parked' as const, key, expiresAt: parkedExpiresAt(notification) },
        remove: () => under.delete(key),
      })),
    ),
  ];
}

/** The kinds of records, by how their ids begin. */
const kinds: Readonly<Record<string, Kind | ((fields: Fields) => Kind)>> = {
  'batch/': ({ erased, shard }) => (erased ? 'erased' : shard === undefined ? 'root' : 'shard'),
  'call-line/': 'callLine',
  'debounce/': 'debounce',
  'errors/': 'errorGroup',
  'first-try/': 'firstTry',
  'job-rate/': 'rate',
  'rate/': 'rate',
  'start-rate/': 'start',
  'turn-rate/': 'turn',
};

/** By their ids. */
const recordsOf = ({ records: { items } }: World): readonly Expiring[] =>
  [...items].flatMap(([key, fields]) => {
    const { expiresAt } = fields;
    const kind = kinds[key.slice(0, key.indexOf('/') + 1)];
    if (typeof expiresAt !== 'number' || !kind) return [];
    const removed = { kind: typeof kind === 'string' ? kind : kind(fields), key };
    return { ...removed, expiresAt, remove: () => items.delete(key) };
  });

const numbers = ({ countRule }: World): readonly Expiring[] => [...itemsOf('count', countRule.counts.counts)];

const itemsOf = (kind: Kind, items: ExpiringMap<unknown>): readonly Expiring[] =>
  [...items.expiresAt].map(([key, expiresAt]) => ({ kind, key, expiresAt, remove: () => items.delete(key) }));
