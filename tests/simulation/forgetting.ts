import type { Fields } from '../../shared/domain/base/records.ts';
import { parkedExpiresAt } from '../../shared/domain/notify/endpoint.ts';
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
interface Expired extends Removed {
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
    for (const one of expiredIn(this.#world, (time.now - afterMs) / 1000)) {
      if (!this.#random.chance(chance)) continue;
      say(`TTL removes the ${one.kind} ${one.key}`);
      guard(() => removalRule.onRemoved(one));
      one.remove();
      this.removed.set(one.kind, (this.removed.get(one.kind) ?? 0) + 1);
    }
  }
}

/** Every item whose time is over then. @param by epoch seconds */
function* expiredIn(world: World, by: number): Generator<Expired> {
  const { table, expire, records, countRule } = world;
  for (const { id, expiresAt } of table.items.values())
    if (isOver(expiresAt, by)) yield { kind: 'job', key: id, remove: () => expire(id) };
  yield* expiredOfEndpoints(world, by);
  for (const [key, fields] of records.items) {
    const kind = isOver(fields.expiresAt, by) ? kindOf(key, fields) : undefined;
    if (kind) yield { kind, key, remove: () => records.items.delete(key) };
  }
  const { counts } = countRule.counts;
  for (const [key, expiresAt] of counts.expiresAt)
    if (isOver(expiresAt, by)) yield { kind: 'count', key, remove: () => counts.delete(key) };
}

function* expiredOfEndpoints({ endpoints: { breakers, parked } }: World, by: number): Generator<Expired> {
  for (const [key, { expiresAt }] of breakers)
    if (isOver(expiresAt, by)) yield { kind: 'breaker', key, remove: () => breakers.delete(key) };
  for (const under of parked.values())
    for (const [key, notification] of under)
      if (isOver(parkedExpiresAt(notification), by))
        yield { kind: 'parked', key, remove: () => under.delete(key) };
}

const isOver = (expiresAt: unknown, by: number): boolean => typeof expiresAt === 'number' && expiresAt <= by;

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

function kindOf(id: string, fields: Fields): Kind | undefined {
  const kind = kinds[id.slice(0, id.indexOf('/') + 1)];
  return typeof kind === 'function' ? kind(fields) : kind;
}
