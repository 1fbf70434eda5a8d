import type { BatchRoot, BatchShard, EndKind, FullShard, RootState, ShardKey } from './batch.ts';

export interface BatchReader {
  /** A strongly consistent read. One that is being erased is gone. @throws StoreUnavailableError, NewerVersionError */
  read(batch: string): Promise<BatchRoot | undefined>;
}

/** For who has to know why there is no root. */
export interface RootFinder {
  /** The same read. @throws StoreUnavailableError, NewerVersionError */
  find(batch: string): Promise<RootState>;
}

/** An end, or some of one shard. */
export interface Tally extends ShardKey {
  /** The indexes of children that have ended, and of those of them that did not succeed. */
  readonly ended: readonly number[];
  readonly unsuccessful: readonly number[];
  /** Of the shard, from now on: see `shardExpiryOf`. */
  readonly expiresAt: number;
}

/** Ends that count for an early condition of their batch. */
export interface EarlyEnds extends Pick<ShardKey, 'batch' | 'round'> {
  readonly kind: EndKind;
  readonly indexes: readonly number[];
  /** How many ends of this kind decide the batch. */
  readonly bound: number;
}

/** The children that count for the early conditions of a batch. */
export type EarlyIndexes = Readonly<Partial<Record<EndKind, readonly number[]>>>;

/** For who ends children, or their parent. Every call @throws StoreUnavailableError: it may or may not have happened */
export interface BatchTally extends BatchReader {
  /** Adds the ends to their shard. @returns the shard; undefined if there is none (any more) */
  add(tally: Tally): Promise<BatchShard | undefined>;
  /** Adds a full shard to the root. @returns the root; undefined if it is gone, or another round has begun */
  addFull(full: ShardKey & FullShard): Promise<BatchRoot | undefined>;
  /**
   * Adds ends to the root that count for an early condition, as long as it has fewer than decide the batch.
   * @returns the root; undefined if it is gone, has as many, or another round has begun
   */
  addEarly(ends: EarlyEnds): Promise<BatchRoot | undefined>;
  /**
   * Says that the parent has ended in a run: its children end with it if that was said when it spawned them. A batch
   * that a later run has asked for stays as it is, and one that is kept for longer stays so.
   */
  endParent(ended: RunOfBatch): Promise<void>;
  /**
   * Keeps the root for longer: its parent has ended in a run, and is to run again. A batch that a later run has asked
   * for stays as it is.
   */
  keep(kept: RunOfBatch): Promise<void>;
}

/** A run of the parent of a batch, and until when the root is kept, epoch seconds. */
interface RunOfBatch {
  readonly batch: string;
  readonly run: number;
  readonly expiresAt: number;
}

/** What a round begins with. */
export interface RoundStart {
  /** See `nextRoundAt`. */
  readonly at: number;
  /** The shards in which no child is made again. */
  readonly full: readonly FullShard[];
  /** The children that count for `any` and `tolerate` from the beginning. */
  readonly early: EarlyIndexes;
}

/** What a look whether messages are lost has come to. */
export interface LookNote {
  /** Children of which nothing shows that a message leads to them. */
  readonly silent?: readonly number[];
  readonly vain: number | undefined;
}

/**
 * For who looks whether messages of children are lost. Every call @throws StoreUnavailableError: it may or may not have
 * happened
 */
export interface BatchLooks extends BatchReader {
  /** By strongly consistent reads. @returns those that there are, without order */
  shards(batch: string, round: number, shards: readonly number[]): Promise<readonly BatchShard[]>;
  /**
   * Asks the parent to look for lost children.
   * @returns the root; undefined if it is gone, or another round has begun, or somebody has looked since it was read
   */
  wantLook(root: BatchRoot, now: number): Promise<BatchRoot | undefined>;
  /**
   * Says that somebody has looked. @returns whether nobody has said so, or asked for a look, since the root was read
   */
  noteLook(root: BatchRoot, now: number, note: LookNote): Promise<boolean>;
}

/**
 * For who acts on one child, or on a batch whose parent waits. Every call @throws StoreUnavailableError: it may or may
 * not have happened
 */
export interface BatchControl extends BatchReader {
  /** By strongly consistent reads. @returns those that there are, without order */
  shards(batch: string, round: number, shards: readonly number[]): Promise<readonly BatchShard[]>;
  /** Stores a shard, unless there is one, or was. @returns whether it did */
  createShard(shard: BatchShard): Promise<boolean>;
  /**
   * Asks that those which do not succeed are made again once all have ended.
   * @param index asks for this child alone
   * @returns the root; undefined if it is gone, or has gone on since it was read: see `isUndecided`; or if `maxAgain`
   * others were asked for one by one
   */
  askAgain(root: BatchRoot, index?: number): Promise<BatchRoot | undefined>;
}

/**
 * For who erases a parent. What is left of a root and of a shard says no more than that it was erased: a worker that
 * was cut off long ago must not make it anew. Every call @throws StoreUnavailableError: it may or may not have happened
 */
export interface BatchEraser extends BatchReader {
  /** By strongly consistent reads. @returns those that there are, without order */
  shards(batch: string, round: number, shards: readonly number[]): Promise<readonly BatchShard[]>;
  /** From now on the batch is gone for all others. @returns it; undefined if nothing is left to be erased */
  beginErase(batch: string): Promise<BatchRoot | undefined>;
  /** @param expiresAt of what is left, epoch seconds @returns whether there was one, erased or not */
  eraseShard(place: ShardKey, expiresAt: number): Promise<boolean>;
  /** Says that the shards below this one are erased, with their children. */
  keepErased(batch: string, erasedTo: number): Promise<void>;
  /** Erases the root. @param expiresAt of what is left, epoch seconds */
  finishErase(batch: string, expiresAt: number): Promise<void>;
}

/** The batches in the table. Every call @throws StoreUnavailableError: it may or may not have happened */
export interface BatchStore extends BatchTally, BatchControl, BatchEraser, BatchLooks, RootFinder {
  /** Stores a root, unless there is one. @returns the one that is stored; undefined if it was erased */
  create(root: BatchRoot): Promise<BatchRoot | undefined>;
  /**
   * Says that a later run of the parent asks for it. @returns the root; undefined if it is gone, or that was said
   * before
   */
  reopen(batch: string, parentRun: number): Promise<BatchRoot | undefined>;
  /** Begins the round after this one: see `roundAfter`. @returns as `reopen` */
  beginRound(root: BatchRoot, start: RoundStart): Promise<BatchRoot | undefined>;
}
