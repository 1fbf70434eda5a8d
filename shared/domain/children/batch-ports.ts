import type { BatchRoot, BatchShard, ShardPlace } from './batch.ts';

export interface BatchReader {
  /** A strongly consistent read. @throws StoreUnavailableError, NewerVersionError */
  read(batch: string): Promise<BatchRoot | undefined>;
}

/** An end, or some of one shard. */
export interface Tally extends ShardPlace {
  /** The indexes of children that have ended, and of those of them that did not succeed. */
  readonly ended: readonly number[];
  readonly unsuccessful: readonly number[];
}

/** For who ends children, or their parent. Every call @throws StoreUnavailableError: it may or may not have happened */
export interface BatchTally extends BatchReader {
  /** Adds the ends to their shard. @returns the shard; undefined if there is none (any more) */
  add(tally: Tally): Promise<BatchShard | undefined>;
  /** Adds a full shard to the root. @returns the root; undefined if it is gone, or another round has begun */
  addFull(place: ShardPlace): Promise<BatchRoot | undefined>;
  /**
   * Says that the parent has ended in a run: its children end with it if that was said when it spawned them. A batch that a
   * later run has asked for stays as it is.
   * @param expiresAt epoch seconds
   */
  endParent(ended: {
    readonly batch: string;
    readonly run: number;
    readonly expiresAt: number;
  }): Promise<void>;
}

/** The batches in the table. Every call @throws StoreUnavailableError: it may or may not have happened */
export interface BatchStore extends BatchTally {
  /** Stores a root, unless there is one. @returns the one that is stored */
  create(root: BatchRoot): Promise<BatchRoot>;
  /** Stores a shard, unless there is one. */
  createShard(shard: BatchShard): Promise<void>;
  /** By strongly consistent reads. @returns those that there are, without order */
  shards(batch: string, round: number, shards: readonly number[]): Promise<readonly BatchShard[]>;
  /** Says that a later run of the parent asks for it. @returns the root; undefined if it is gone, or that was said before */
  reopen(batch: string, parentRun: number): Promise<BatchRoot | undefined>;
  /** Says that somebody looks for lost messages. @returns whether nobody else has said so since the root was read */
  noteLook(root: BatchRoot, now: number): Promise<boolean>;
  /** Begins the round after this one. @param full its shards in which no child is made again @returns as `reopen` */
  beginRound(root: BatchRoot, full: readonly number[]): Promise<BatchRoot | undefined>;
}
