import type { Condition } from './condition.ts';

/*
 * What the stage keeps beside its jobs: items of the jobs table, each with an id that no job has. A kind of them is said
 * once, next to who uses it: its id, its shape, when it expires, and its writes. A write is data: the table makes a call of
 * it, and the table in memory a step.
 */

/** What items are made of. */
export type Storable =
  | string
  | number
  | boolean
  | null
  | readonly Storable[]
  | Set<string>
  | { readonly [key: string]: Storable | undefined };

/** What is undefined is not there. */
export type Fields = Readonly<Record<string, Storable | undefined>>;

/** What a kind is, for the table of docs/architecture.md. No bundle has it. */
export interface Kind {
  /** With what varies in angle brackets. */
  readonly id: string;
  readonly has: string;
  readonly expires: string;
}

interface Conditional {
  /** What is to be done, as `add a wait`: the simulation, its rules and mutants, and errors name it. */
  readonly name: string;
  /** Without a condition it always holds. */
  readonly when?: Condition;
}

/**
 * Of an item that is not there yet, one is made. An attribute is in one clause alone. There is no put: no role may put an
 * item into the jobs table.
 */
export interface RecordUpdate extends Conditional {
  readonly set?: Fields;
  /** What is set is in this attribute, a map that must be there: the condition asks for that. */
  readonly within?: string;
  /** Set where there is none yet. */
  readonly once?: Fields;
  /** Added to a number. An absent one counts as `from`, or 0. */
  readonly plus?: Readonly<Record<string, number | { readonly by: number; readonly from: number }>>;
  /** Added to the end of a list. */
  readonly append?: Readonly<Record<string, readonly Storable[]>>;
  /** Added to a set. */
  readonly include?: Readonly<Record<string, Set<string> | undefined>>;
  /** Taken from a set: with its last member the set goes. */
  readonly exclude?: Readonly<Record<string, Set<string>>>;
  readonly remove?: readonly string[];
  readonly returns?: 'before' | 'after';
}

export interface RecordDelete extends Conditional {
  readonly returns?: 'before';
}

/** Whether the condition held, and the item, if it was asked for and is there. */
export interface Answer {
  readonly held: boolean;
  readonly item?: Fields;
}

declare const kinds: unique symbol;

/** Items of some kinds, for who changes none. Every call @throws StoreUnavailableError */
export interface RecordReader<Kinds extends string = string> {
  readonly [kinds]?: (kind: Kinds) => void;
  /** A consistent read. @param name what is read, as `read a wait` */
  read(id: string, name: string): Promise<Fields | undefined>;
}

/** The same, for who changes them. Every call @throws StoreUnavailableError */
export interface Records<Kinds extends string = string> extends RecordReader<Kinds> {
  write(id: string, write: RecordUpdate): Promise<Answer>;
}

/** The same, for who deletes them, too: a right of few functions. Every call @throws StoreUnavailableError */
export interface DeletableRecords<Kinds extends string = string> extends Records<Kinds> {
  delete(id: string, what: RecordDelete): Promise<Answer>;
}

export type Consistency = 'strong' | 'eventual';

/** Reads of several items at once. */
export interface ManyRecords<Kinds extends string = string> {
  readonly [kinds]?: (kind: Kinds) => void;
  /**
   * What the table leaves out is asked for again: an item that was not read is not absent.
   * @param ids a hundred at most
   * @param consistency by default `strong`
   * @returns those that there are, without order
   * @throws StoreUnavailableError
   */
  readMany(ids: readonly string[], name: string, consistency?: Consistency): Promise<readonly Fields[]>;
}

/** Epoch seconds, as TTL takes them. */
export const secondsOf = (epochMs: number): number => Math.ceil(epochMs / 1000);
