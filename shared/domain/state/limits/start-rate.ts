import { microsOf } from '../../access/rate.ts';

/** How often attempts of one key start, over the whole stage. */
export interface StartRate {
  readonly key: string;
  readonly perSecond: number;
  /** How many may start at once when none has started for a while. */
  readonly burst: number;
}

/*
 * The rate of a key is a theoretical arrival time (GCRA): up to when all that started would have started one after
 * another. Who may not start soon takes a turn, which is a second such time. The turns are as far apart as the starts.
 * So each job whose turn has come finds a start that is near, and it is exact whatever the queue makes of its time.
 *
 * Times of this port are epoch milliseconds. The items have microseconds, so that an interval of less than one
 * millisecond is exact.
 */

/** A start that is taken. */
export interface Start {
  /** When the attempt is to start. */
  readonly at: number;
  /** The arrival time that it has moved the rate on to, and how many starts of the key had been given back by then. */
  readonly arrivesAt: number;
  readonly givenBack: number;
}

/** The turns and starts of keys. Every call @throws StoreUnavailableError */
export interface StartRates {
  /**
   * Takes the next start. It is used up, whatever becomes of it. A call that fails may have used up one all the same.
   * @returns a start at most `maxAheadMs` from now; undefined if there is none so near
   */
  take(rate: StartRate, now: number): Promise<Start | undefined>;
  /**
   * Gives a start back that nobody uses. If somebody has taken another one of the key since, or given one back, it is
   * lost.
   */
  giveBack(rate: StartRate, start: Start): Promise<void>;
  /** When somebody who comes now may start, as far as this process has seen: behind those who wait for their turns. */
  nextStart(rate: StartRate, now: number): number;
  /** When somebody may start whose turn has come, as far as this process has seen. */
  nextInTurn(rate: StartRate, now: number): number;
  /**
   * Whether others wait for their turns, as far as this process has seen. A job that comes then must not overtake them.
   */
  hasLine(rate: StartRate, now: number): boolean;
  /** Takes the turn behind all that wait. @returns its time */
  join(rate: StartRate, now: number): Promise<number>;
  /**
   * Begins a call of a strict line, in which one call is made at a time. If nobody ends the call, the line goes on at
   * `heldUntil`.
   * @returns whether it has begun; also if a request before, whose answer was lost, has begun it
   */
  beginCall(key: string, call: LineCall): Promise<boolean>;
  /** Ends a call. Nothing changes if the line has gone on without it, or if it has ended. */
  endCall(key: string, id: string, ended: EndedCall): Promise<void>;
  /** How a strict line stands, as far as this process has seen. */
  callLine(key: string): CallLine;
}

/** A call that wants to begin. */
export interface LineCall {
  /** Of this call alone: it names who may end it. */
  readonly id: string;
  readonly now: number;
  /** When its lease ends: if nobody ends the call, the next one begins then. */
  readonly heldUntil: number;
}

export interface EndedCall {
  /** When the next call may begin: the distance after the answer. */
  readonly nextAt: number;
  readonly tookMs: number;
}

/** How a strict line stands. */
export interface CallLine extends EndedCall {
  /** A call is made. `nextAt` is when its lease ends. */
  readonly isBusy: boolean;
}

export const freshLine: CallLine = { nextAt: 0, tookMs: 0, isBusy: false };

/** Epoch seconds: when TTL may remove a line that goes on at a time. */
export const lineExpiresAt = (nextAt: number): number =>
  Math.ceil((nextAt + expiresAfterMicros / 1000) / 1000);

/** A queue brings a message to the second. For so long a worker waits itself, and the start is exact. */
export const maxAheadMs = 2_000;

export const intervalOf = ({ perSecond }: StartRate): number => Math.round(1_000_000 / perSecond);

/** TTL may remove an item so long after the time that it has: the clocks of functions differ. */
export const expiresAfterMicros = 3_600_000_000;

/**
 * How long after an answer the next call of a strict line begins. Whose clock has milliseconds may think that an answer
 * came up to one earlier than it did.
 */
export const strictDistanceMs = ({ perSecond }: Pick<StartRate, 'perSecond'>): number =>
  Math.ceil(1000 / perSecond) + 1;

const dayMicros = 86_400_000_000;

/**
 * Up to when the theoretical arrival time may be before a move, by what a process has seen last: what the item
 * remembers is bounded then, and so is its life. Others may have moved on by so many intervals meanwhile. @param seen
 * in microseconds
 */
export const latestBySeen = (seen: number, rate: StartRate): number =>
  seen + Math.max(dayMicros, 10 * intervalOf(rate));

/** How far the theoretical arrival time may be ahead of a start. */
export const toleranceOf = (rate: StartRate): number => (rate.burst - 1) * intervalOf(rate);

/** Up to when the theoretical arrival time may be before a start that is near enough. */
export const latestForStart = (rate: StartRate, now: number): number =>
  microsOf(now + maxAheadMs) + toleranceOf(rate);

/** When the attempt starts that has moved the time on to `arrivesAt`. */
export const startOf = (arrivesAt: number, rate: StartRate, now: number): number =>
  Math.max(now, Math.ceil((arrivesAt - intervalOf(rate) - toleranceOf(rate)) / 1000));

/** When the next attempt may start, by the arrival times of starts and of turns. */
export const nextStartOf = (
  { start, turn }: { readonly start: number; readonly turn: number },
  rate: StartRate,
  now: number,
): number => Math.max(now, Math.ceil(Math.max(start - toleranceOf(rate), turn) / 1000));

/** When the turn is that has moved the line on to `arrivesAt`. */
export const turnOf = (arrivesAt: number, rate: StartRate): number =>
  Math.ceil((arrivesAt - intervalOf(rate)) / 1000);
