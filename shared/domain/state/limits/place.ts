import type { JobItem } from '../job/item.ts';
import { isClaimed } from '../job/transitions.ts';

/*
 * How many attempts of one key run at once, over the whole stage. Each place of the key is an item, which names the
 * attempt that has it: the job and the fencing token of its claim. Nothing is counted, and no place has a lease: it is
 * free when the end of its attempt is final.
 */

/** The places of a key. */
export interface Room {
  /** Part of the ids of its items: the hash of the key. */
  readonly id: string;
  /** How many places it has. */
  readonly running: number;
}

/** An attempt: a job, and the fencing token of its claim. */
export interface Holder {
  readonly job: string;
  readonly token: number;
}

/** A place as it was read. */
export interface Place {
  /** From 0 on. */
  readonly number: number;
  readonly holder?: Holder | undefined;
  /** When the holder took it, epoch milliseconds. */
  readonly takenAt?: number | undefined;
}

/** Where attempts have their places, and jobs wait for them. Every call @throws StoreUnavailableError */
export interface WorkPlaces {
  /** Strongly consistent reads of all places. */
  look(room: Room): Promise<readonly Place[]>;
  /**
   * Takes a place that has been read, on the condition that it has the holder that it had then.
   * @returns whether the attempt has it; also if it had it before
   */
  put(room: Room, place: Place, taker: Holder & { readonly now: number }): Promise<boolean>;
  /**
   * Frees a place, if this attempt has it.
   * @returns undefined if it has not; or which job waits for the place, if one has said so
   */
  leave(room: Room, number: number, holder: Holder): Promise<{ readonly awaitedBy?: string } | undefined>;
  /**
   * Says in a place that a job waits for it, if it has the holder that it had when it was read: the index may not have
   * the job yet when the holder leaves.
   * @returns whether it has
   */
  awaitLeave(room: Room, place: Place, job: string): Promise<boolean>;
  /** The ids of the jobs that wait, the first in line first. Eventually consistent. */
  first(room: Room, atMost: number): Promise<readonly string[]>;
  /** Notes that somebody waits, for who looks at all lines. */
  noteLine(room: Room, now: number): Promise<void>;
  /** The lines that were noted, of one part of them. Eventually consistent. */
  lines(part: number): Promise<readonly Line[]>;
  /** Forgets a line, unless it was noted again since. */
  forgetLine(line: Line): Promise<void>;
  /** Notes that a job has come so late after it was woken: what else was woken may still come, too. */
  noteLate(lateMs: number, now: number): Promise<void>;
  /** How late one has come lately; 0 if none has. Eventually consistent. */
  late(now: number): Promise<number>;
}

/** A room for which jobs wait, or have waited. */
export interface Line {
  readonly room: Room;
  /** When a worker has noted it last, epoch milliseconds. */
  readonly notedAt: number;
}

/** The ids of places and of lines, and of no job. */
export const placeItems = 'place*';

/** They are read together. */
export const maxRunning = 100;

/** A job that comes so long after it was woken says that admission, or a run queue, is late. */
export const lateAfterMs = 2 * 60_000;
/** A worker notes that again after this time, and it is believed for longer than a long job holds its place. */
export const noteLateAgainMs = 60_000;
export const lateForMs = 3_600_000;

/** A worker notes a line again after that time, and nobody forgets it before it has been empty for longer. */
export const noteAgainMs = 5 * 60_000;
export const forgetLineMs = 3 * noteAgainMs;

/**
 * Whether the end of an attempt is final: nothing can make it run again under this token. That its lease has run out
 * says nothing: its worker may stand still, and renew it.
 * @param item of the job, by a consistent read
 */
export const isFinal = (holder: Holder, item: JobItem | undefined): boolean =>
  item === undefined || !isClaimed(item.status) || item.fencingToken > holder.token;
