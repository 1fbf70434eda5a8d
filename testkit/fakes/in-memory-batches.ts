import { defined } from '../../shared/domain/base/defined.ts';
import { refuseNewerVersion } from '../../shared/domain/base/version.ts';
import {
  asksForSome,
  type BatchRoot,
  type BatchShard,
  type FullShard,
  fullTextOf,
  isUndecided,
  lookedNow,
  maxAgain,
  type RootState,
  rootKeyOf,
  roundAfter,
  type ShardKey,
  shardKeyOf,
  wantedNow,
} from '../../shared/domain/children/batch.ts';
import type {
  BatchStore,
  EarlyEnds,
  LookNote,
  RoundStart,
  Tally,
} from '../../shared/domain/children/batch-ports.ts';
import { ExpiringMap } from './expiring-map.ts';

/**
 * Roots and shards as maps. A write replaces an item and never changes the object. It passes the same contract tests as
 * the DynamoDB adapter does against the emulator.
 */
export class InMemoryBatches implements BatchStore {
  readonly roots = new Map<string, BatchRoot>();
  readonly stored = new Map<string, BatchShard>();
  /** The keys of roots and shards of which nothing else is left. */
  readonly erased = new ExpiringMap<true>();

  async read(batch: string): Promise<BatchRoot | undefined> {
    const root = readable(this.roots.get(batch));
    return root?.erasedTo === undefined ? root : undefined;
  }

  async find(batch: string): Promise<RootState> {
    const root = await this.read(batch);
    if (root) return { kind: 'there', root };
    return this.roots.has(batch) || this.erased.has(rootKeyOf(batch)) ? { kind: 'erased' } : { kind: 'gone' };
  }

  async create(root: BatchRoot): Promise<BatchRoot | undefined> {
    if (this.erased.has(rootKeyOf(root.batch))) return undefined;
    const stored = readable(this.roots.get(root.batch)) ?? root;
    this.roots.set(root.batch, stored);
    return this.read(root.batch);
  }

  async createShard(shard: BatchShard): Promise<boolean> {
    const key = shardKeyOf(shard);
    if (this.stored.has(key) || this.erased.has(key)) return false;
    this.stored.set(key, shard);
    return true;
  }

  async shards(batch: string, round: number, shards: readonly number[]): Promise<readonly BatchShard[]> {
    return shards.flatMap((shard) => readable(this.stored.get(shardKeyOf({ batch, round, shard }))) ?? []);
  }

  async add({ ended, unsuccessful, expiresAt, ...place }: Tally): Promise<BatchShard | undefined> {
    const shard = readable(this.stored.get(shardKeyOf(place)));
    if (!shard) return undefined;
    const after = {
      ...shard,
      expiresAt,
      ...defined({
        ended: withAll(shard.ended, ended),
        unsuccessful: withAll(shard.unsuccessful, unsuccessful),
      }),
    };
    this.stored.set(shardKeyOf(place), after);
    return after;
  }

  async addFull({ batch, round, ...added }: ShardKey & FullShard): Promise<BatchRoot | undefined> {
    return this.#change(
      batch,
      (root) => root.round === round,
      ({ full, fullUnsuccessful, ...root }) => ({
        ...root,
        full: withAll(full, [added.shard]) ?? new Set(),
        ...defined({ fullUnsuccessful: filled([...(fullUnsuccessful ?? []), ...fullTexts([added])]) }),
      }),
    );
  }

  async addEarly({ batch, round, kind, indexes, bound }: EarlyEnds): Promise<BatchRoot | undefined> {
    const name = kind === 'succeeded' ? 'earlySucceeded' : 'earlyUnsuccessful';
    return this.#change(
      batch,
      (root) => root.round === round && (root[name]?.size ?? 0) < bound,
      (root) => ({ ...root, ...defined({ [name]: withAll(root[name], indexes) }) }),
    );
  }

  async endParent({ batch, run, expiresAt }: Parameters<BatchStore['endParent']>[0]): Promise<void> {
    this.#change(
      batch,
      (root) => root.parentRun <= run,
      (root) => ({
        ...root,
        expiresAt: Math.max(root.expiresAt ?? 0, expiresAt),
        ...(root.whenParentEnds === 'cancel' ? { endedRun: run } : {}),
      }),
    );
  }

  async keep({ batch, run, expiresAt }: Parameters<BatchStore['keep']>[0]): Promise<void> {
    this.#change(
      batch,
      (root) => root.parentRun <= run,
      (root) => ({ ...root, expiresAt: Math.max(root.expiresAt ?? 0, expiresAt) }),
    );
  }

  async reopen(batch: string, parentRun: number): Promise<BatchRoot | undefined> {
    return this.#change(
      batch,
      (root) => root.parentRun < parentRun,
      ({ expiresAt: _, ...root }) => ({ ...root, parentRun, retries: true }),
    );
  }

  async askAgain({ batch, round, parentRun }: BatchRoot, index?: number): Promise<BatchRoot | undefined> {
    const isRoom = ({ again = new Set() }: BatchRoot) =>
      index === undefined || again.size < maxAgain || again.has(String(index));
    return this.#change(
      batch,
      (root) => root.round === round && root.parentRun === parentRun && isUndecided(root) && isRoom(root),
      ({ again, ...root }) =>
        index === undefined
          ? { ...root, ...defined({ again }), retries: true }
          : { ...root, ...defined({ again: withAll(again, [index]) }) },
    );
  }

  async wantLook({ batch, round, lookedAt }: BatchRoot, now: number): Promise<BatchRoot | undefined> {
    return this.#change(
      batch,
      (root) => root.round === round && root.lookedAt === lookedAt,
      (root) => ({ ...root, wantedAt: wantedNow(root, now) }),
    );
  }

  async noteLook(read: BatchRoot, now: number, { silent = [], vain = 0 }: LookNote): Promise<boolean> {
    const { batch, round, lookedAt, wantedAt } = read;
    const noted = this.#change(
      batch,
      (root) => root.round === round && root.lookedAt === lookedAt && root.wantedAt === wantedAt,
      ({ silent: _, ...root }) => ({
        ...root,
        lookedAt: lookedNow(root, now),
        vain,
        ...defined({ silent: withAll(undefined, silent) }),
      }),
    );
    return noted !== undefined;
  }

  async beginRound(
    before: BatchRoot,
    { at, full, early: { succeeded = [], unsuccessful = [] } }: RoundStart,
  ): Promise<BatchRoot | undefined> {
    const { batch, round, parentRun } = before;
    return this.#change(
      batch,
      (root) => root.round === round && root.parentRun === parentRun,
      (root) => ({
        ...withoutRound(root),
        round: roundAfter(before),
        roundAt: at,
        ...(asksForSome(before) ? { isPartial: true } : {}),
        ...defined({
          full: filled(full.map(({ shard }) => String(shard))),
          fullUnsuccessful: filled(fullTexts(full)),
          earlySucceeded: withAll(undefined, succeeded),
          earlyUnsuccessful: withAll(undefined, unsuccessful),
        }),
      }),
    );
  }

  async beginErase(batch: string): Promise<BatchRoot | undefined> {
    const root = readable(this.roots.get(batch));
    if (root) this.roots.set(batch, { ...root, erasedTo: root.erasedTo ?? 0 });
    return this.roots.get(batch);
  }

  async eraseShard(place: ShardKey, expiresAt: number): Promise<boolean> {
    const key = shardKeyOf(place);
    readable(this.stored.get(key));
    const wasThere = this.stored.delete(key) || this.erased.has(key);
    this.erased.keep(key, true, expiresAt);
    return wasThere;
  }

  async keepErased(batch: string, erasedTo: number): Promise<void> {
    const root = this.roots.get(batch);
    if (root?.erasedTo !== undefined && root.erasedTo < erasedTo)
      this.roots.set(batch, { ...root, erasedTo });
  }

  async finishErase(batch: string, expiresAt: number): Promise<void> {
    readable(this.roots.get(batch));
    this.roots.delete(batch);
    this.erased.keep(rootKeyOf(batch), true, expiresAt);
  }

  #change(
    batch: string,
    holds: (root: BatchRoot) => boolean,
    change: (root: BatchRoot) => BatchRoot,
  ): BatchRoot | undefined {
    const root = readable(this.roots.get(batch));
    if (!root || root.erasedTo !== undefined || !holds(root)) return undefined;
    const after = change(root);
    this.roots.set(batch, after);
    return after;
  }
}

/** Of a root, what no round begins with. */
const withoutRound = ({
  retries: _,
  again: _again,
  isPartial: _partial,
  endedRun: _ended,
  silent: _silent,
  wantedAt: _wanted,
  full: _full,
  fullUnsuccessful: _fullUnsuccessful,
  earlySucceeded: _succeeded,
  earlyUnsuccessful: _unsuccessful,
  ...root
}: BatchRoot): BatchRoot => root;

/** @throws NewerVersionError */
function readable<Item extends BatchRoot | BatchShard>(item: Item | undefined): Item | undefined {
  refuseNewerVersion(item, 'item');
  return item;
}

const fullTexts = (full: readonly FullShard[]): readonly string[] =>
  full.flatMap((one) => fullTextOf(one) ?? []);

/** A set is absent rather than empty, as DynamoDB has it. */
const filled = (texts: readonly string[]): Set<string> | undefined =>
  texts.length > 0 ? new Set(texts) : undefined;

const withAll = (set: ReadonlySet<string> = new Set(), added: readonly number[]): Set<string> | undefined =>
  filled([...set, ...added.map(String)]);
