import * as z from 'zod/mini';
import { plainVersion, readableCurrentVersion } from '../base/version.ts';
import { type Endpoint, lookPartOf } from './endpoint.ts';

/**
 * The states of an endpoint's breaker. `open`: attempts have failed in a row, so notifications are parked. `draining`:
 * it answers again, so new ones are sent, and those that are parked follow. `closed`: none is parked. Most endpoints
 * have no breaker at all, which means `closed`.
 */
export const breakerStates = ['closed', 'open', 'draining'] as const;
export type BreakerState = (typeof breakerStates)[number];

/** How fast an endpoint answers. Only a quick one has its notifications sent from the common queue. */
export const speeds = ['quick', 'slow'] as const;
export type Speed = (typeof speeds)[number];

const epochMilliseconds = z.int();

/** The breaker of an endpoint, as an item of the table. */
export const breaker = z.object({
  version: readableCurrentVersion,
  tenant: z.string(),
  origin: z.string(),
  state: z.enum(breakerStates),
  /** Counts the tries of the endpoint, over all times that it was open. */
  pass: z.int(),
  /** There is a message that tries the endpoint, of this pass or of the next one. */
  announced: z.optional(z.literal(true)),
  /**
   * The id of the message that makes the try of this pass, so that a copy does not make it, too; and for how long it
   * may.
   */
  holder: z.optional(z.string()),
  heldUntil: z.optional(epochMilliseconds),
  /** How many tries have failed in a row. */
  failures: z.int(),
  /** Why the last attempt has failed. */
  why: z.optional(z.string()),
  /**
   * It answers, and takes nothing: what it has rejected is parked, and new notifications are still sent to it, once.
   */
  rejects: z.optional(z.literal(true)),
  /** How fast it answered when that was noted, at `since`. Absent: nobody has noted it since it was down. */
  speed: z.optional(z.enum(speeds)),
  /** Since when it is in this state. */
  since: epochMilliseconds,
  /** When the next try is due. */
  nextAt: z.optional(epochMilliseconds),
  /**
   * If it is not closed: its place in the index that finds lost messages, and from when on its message counts as lost.
   */
  lookKey: z.optional(z.string()),
  lookAt: z.optional(epochMilliseconds),
  /** Epoch seconds: DynamoDB deletes it some time after. */
  expiresAt: z.optional(z.int()),
});
export type Breaker = z.infer<typeof breaker>;

interface Transition {
  readonly from: readonly (BreakerState | 'absent')[];
  readonly to: BreakerState;
  /** `same`: nobody has written since the breaker was read. `notAhead`: no later try has written. */
  readonly pass: 'same' | 'notAhead';
  /** No other message makes the try of this pass. */
  readonly isFree?: true;
}

/** What may happen to a breaker. */
export const breakerTransitions = {
  /** Attempts have failed in a row, or something is parked although it is closed. */
  open: { from: ['absent', 'closed', 'draining'], to: 'open', pass: 'same' },
  /** One that has rejected notifications does not answer any more. */
  worsen: { from: ['open'], to: 'open', pass: 'same' },
  /** A message of the pass is in the queue, and has not begun to try the endpoint meanwhile. */
  announce: { from: ['open'], to: 'open', pass: 'same', isFree: true },
  /** The same, of an endpoint that answers: its message was lost. */
  announceDraining: { from: ['draining'], to: 'draining', pass: 'same', isFree: true },
  /** A message begins to try the endpoint. */
  begin: { from: ['open'], to: 'open', pass: 'notAhead', isFree: true },
  /** The same, of an endpoint that answers. */
  beginDraining: { from: ['draining'], to: 'draining', pass: 'notAhead', isFree: true },
  /** A try has failed. */
  stayOpen: { from: ['open', 'draining'], to: 'open', pass: 'notAhead' },
  /** The endpoint answers again. */
  answer: { from: ['open'], to: 'draining', pass: 'notAhead' },
  /** More is parked than one pass delivers. */
  drainOn: { from: ['draining'], to: 'draining', pass: 'notAhead' },
  /** Nothing is parked any more. */
  close: { from: ['open', 'draining'], to: 'closed', pass: 'notAhead' },
  /** It has answered quickly. */
  quick: { from: ['absent', 'closed'], to: 'closed', pass: 'same' },
  /** It has answered slowly. */
  slow: { from: ['absent', 'closed'], to: 'closed', pass: 'same' },
} as const satisfies Readonly<Record<string, Transition>>;
export type BreakerTransition = keyof typeof breakerTransitions;

/** A write of a breaker, and what the table must have for it. */
export interface BreakerWrite {
  readonly transition: BreakerTransition;
  readonly endpoint: Endpoint;
  readonly from: readonly (BreakerState | 'absent')[];
  readonly pass: { readonly equals: number } | { readonly atMost: number };
  /** If the breaker is of the same pass already, nobody else may hold it by now. */
  readonly freeAt?: number;
  readonly breaker: Breaker;
}

/** The pass of an endpoint that has no breaker. */
export const noPass = 0;

/** A breaker that is closed is kept for so long: a message of an earlier pass may be in the queue for 14 days. */
const keptClosedSeconds = 16 * 24 * 3_600;

/** Longer than a message is invisible: by then it has come again, if its process died. */
const heldMs = 10 * 60_000;

/** So long after a try was due, its message is lost: somebody has emptied the queue. */
const lostAfterMs = 30 * 60_000;

/** From when on the message of a breaker that is not closed counts as lost. */
export const lostAt = ({
  nextAt = 0,
  heldUntil = 0,
  since,
}: Pick<Breaker, 'nextAt' | 'heldUntil' | 'since'>): number =>
  Math.max(nextAt, heldUntil, since) + lostAfterMs;

interface Facts extends Pick<Breaker, 'failures' | 'why' | 'nextAt' | 'holder' | 'rejects' | 'speed'> {
  readonly endpoint: Endpoint;
  /** What it is written over: as it was read, or the pass of the message that tries the endpoint. */
  readonly pass: number;
  readonly now: number;
  /** Since when it is in this state, if the transition does not change it. */
  readonly since?: number;
}

/**
 * The process that parks the next notification sends a message. After `worsen` that may be a second one, which finds
 * that the first has made the try.
 */
const unannounced: readonly BreakerTransition[] = ['open', 'worsen'];

/** Who writes a next pass has sent its message before; only who opens a breaker sends it after that. */
const begins: readonly BreakerTransition[] = ['open', 'stayOpen', 'drainOn'];

export function breakerWrite(
  transition: BreakerTransition,
  { endpoint, pass, now, since = now, ...facts }: Facts,
): BreakerWrite {
  const { from, to, pass: rule, isFree }: Transition = breakerTransitions[transition];
  const held = facts.holder === undefined ? {} : { heldUntil: now + heldMs };
  return {
    transition,
    endpoint,
    from,
    pass: rule === 'same' ? { equals: pass } : { atMost: pass },
    ...(isFree ? { freeAt: now } : {}),
    breaker: {
      version: plainVersion,
      ...endpoint,
      state: to,
      pass: begins.includes(transition) ? pass + 1 : pass,
      ...(unannounced.includes(transition) ? {} : { announced: true }),
      ...facts,
      ...held,
      since,
      ...(to === 'closed'
        ? { expiresAt: Math.ceil(now / 1000) + keptClosedSeconds }
        : { lookKey: lookPartOf(endpoint), lookAt: lostAt({ ...facts, ...held, since }) }),
    },
  };
}
