import { byParent } from '../../shared/domain/children/batch.ts';
import {
  type HistoryEntry,
  isInLine,
  isPostponed,
  type JobItem,
} from '../../shared/domain/state/job/item.ts';
import {
  hasSucceeded,
  isTerminal,
  type JobStatus,
  type Transition,
  type TransitionName,
  transitions,
} from '../../shared/domain/state/job/transitions.ts';
import { lookAtParentsMs } from '../../shared/domain/state/waits/looks.ts';
import type { Effect } from './effect.ts';
import { keepChildrenMs, retentionMs } from './limits.ts';
import { claims, newRun, sleeps, withoutHolder } from './transition-kinds.ts';
import { Violation } from './violation.ts';

type Field = keyof JobItem;
type Check = (holds: boolean, what: string) => void;

interface Shape {
  readonly has: readonly Field[];
  readonly lacks: readonly Field[];
}

const lease: readonly Field[] = ['claimId', 'leaseUntil', 'inCompany'];
/** The place in the index of what waits outside of all queues. */
const look: readonly Field[] = ['dueKey', 'lookAt'];
const end: readonly Field[] = ['finishedAt', 'expiresAt'];
const notHeld: Shape = { has: [], lacks: [...lease, ...end, 'result', 'resultObject', 'notification'] };
const ended: Shape = { has: end, lacks: [...lease, ...look, 'notBefore', 'cancelRequested', 'admittedBy'] };

/** What an item has in each status, and what is left over from another one. */
const shapes: Readonly<Record<JobStatus, Shape>> = {
  queued: notHeld,
  waiting: notHeld,
  running: {
    has: ['claimId', 'leaseUntil', 'startedAt'],
    lacks: [
      ...end,
      ...look,
      'notBefore',
      'message',
      'receiptHandle',
      'result',
      'resultObject',
      'notification',
    ],
  },
  succeeded: {
    ...ended,
    lacks: [
      ...ended.lacks,
      'error',
      'checkpoint',
      'steps',
      'output',
      'message',
      'messageObject',
      'keptMessage',
    ],
  },
  failed: { has: [...ended.has, 'error'], lacks: ended.lacks },
  canceled: ended,
};

/** What each transition says last in the history. */
const events: Partial<Record<TransitionName, HistoryEntry['event'] | readonly HistoryEntry['event'][]>> = {
  claim: 'started',
  reclaim: 'started',
  succeed: 'succeeded',
  fail: 'failed',
  failExhausted: 'failed',
  failUnclaimed: 'failed',
  failLate: 'failed',
  failForgotten: 'failed',
  failLost: 'failed',
  stop: 'canceled',
  finishCancel: 'canceled',
  cancelForgotten: 'canceled',
  cancelChild: 'canceled',
  cancelUnborn: 'canceled',
  cancel: 'canceled',
  release: ['retrying', 'put-off'],
  leaveQueue: ['retrying', 'put-off'],
  handOver: 'handed-over',
  sleep: 'handed-over',
  awaitSignal: 'handed-over',
  interrupt: 'interrupted',
  retry: 'resubmitted',
  revive: 'resubmitted',
};

/** Nobody changes these: they come from the submission. */
const identity: readonly Field[] = [
  'tenant',
  'type',
  'createdAt',
  'maxAttempts',
  'group',
  'dependsOn',
  'runAt',
  'startBefore',
  'tags',
  'notify',
];
const slicing: readonly TransitionName[] = ['handOver', ...sleeps];
const freshAttempts: readonly TransitionName[] = [...slicing, ...newRun];
/** The job waits outside of all queues then. */
const leaving: readonly TransitionName[] = ['defer', 'postpone', 'leaveQueue'];
/** Their message is deleted next, so the item must keep it. */
const keepingMessage: readonly TransitionName[] = [
  'stop',
  'finishCancel',
  'cancelChild',
  'saveMessage',
  'fail',
  'failExhausted',
  'failUnclaimed',
  'failLate',
  'failForgotten',
  ...leaving,
];

/** These leave the time of the last change as it is. */
const silent: readonly TransitionName[] = [
  'registerDependent',
  'saveMessage',
  'saveReceiptHandle',
  'recordNotification',
  'lookAgain',
  'noteCopy',
  'keepMessage',
  'storeSignal',
  'answerWait',
];

export interface ItemBounds {
  /** How long after it was made a write may arrive. */
  readonly maxWriteDelayMs: number;
  /** By how much clocks differ at most. */
  readonly maxSkewMs: number;
}

/** Checks that what clients see of a job is whole, after every write. */
export class ItemRule {
  readonly #bounds: ItemBounds;

  constructor(bounds: ItemBounds) {
    this.#bounds = bounds;
  }

  onWrite(effect: Effect): void {
    const { write, before, after } = effect;
    const check: Check = (holds, what) => {
      if (!holds)
        throw new Violation('an item fits its status', `after ${write.transition}, ${after.id} ${what}`);
    };
    this.#checkTimes(effect, check);
    // Of that, another rule checks what is left.
    if (after.erased) return;
    const { has, lacks } = shapes[after.status];
    for (const field of has)
      if (after[field] === undefined) check(false, `is ${after.status} and has no ${field}`);
    for (const field of lacks)
      if (after[field] !== undefined) check(false, `is ${after.status} and has ${field}`);
    for (const field of before ? identity : [])
      if (!bringsGroup(field, effect)) check(isSame(before?.[field], after[field]), `has another ${field}`);
    if (claims.includes(write.transition)) checkClaim(effect, check);
    checkLeftovers(effect, check);
    checkLook(effect, check, this.#bounds.maxSkewMs);
    checkCancel(effect, this.#bounds.maxSkewMs);
    checkActor(effect, check);
  }

  #checkTimes({ write: { transition }, before, after, now }: Effect, check: Check): void {
    const event = events[transition];
    // A write in the same millisecond, or by a clock that is behind.
    const raised = (before?.updatedAt ?? 0) + 1;
    const last = after.history.at(-1);
    const { lastAt = last?.at ?? 0 } = last ?? {};
    if (event)
      check(
        last !== undefined &&
          [event].flat().includes(last.event) &&
          (lastAt === after.updatedAt || (lastAt < after.updatedAt && after.updatedAt === raised)),
        'has another last event',
      );
    const { requires }: Transition = transitions[transition];
    const isGuarded = requires.includes('unchanged');
    if (before && isGuarded) check(after.updatedAt >= raised, 'does not say that it has changed');
    if (!silent.includes(transition))
      check(Math.abs(now - after.updatedAt) <= this.#bounds.maxWriteDelayMs, 'was updated at another time');
    // What was never started has not ended: what is left of it expires with what is left of its parent.
    if (!isTerminal(after.status) || before?.status === after.status || transition === 'eraseUnborn') return;
    const { finishedAt = 0, expiresAt, updatedAt } = after;
    const keptMs = after.parent ? keepChildrenMs : retentionMs;
    check(expiresAt === Math.ceil((finishedAt + keptMs) / 1000), 'expires at another time');
    check(updatedAt === finishedAt, 'was updated at another time than it was finished');
  }
}

/**
 * Until its first claim, the group of a child is read from its message, and never from the item: who cancels it before
 * that knows no group. The message of its next run brings it.
 */
const bringsGroup = (field: Field, { write: { transition }, before }: Effect): boolean =>
  field === 'group' &&
  transition === 'retry' &&
  before?.parent !== undefined &&
  before.group === undefined &&
  before.startedAt === undefined;

/** Most are texts and numbers. */
const isSame = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

/** A writer that read the item right before the cancel was requested may still write. */
const unseenMs = 60_000;

function checkCancel({ write, before, after, now }: Effect, maxSkewMs: number): void {
  const isHeld = after.status === 'running' || isTerminal(after.status);
  const mayStay = before?.cancelRequested && before.status === after.status;
  const isNew = write.transition === 'requestCancel' && after.startedAt !== undefined;
  if (after.cancelRequested && !isHeld && !mayStay && !isNew)
    throw new Violation('only a job that has started waits for its cancel', `${after.id} is ${after.status}`);
  if (!before?.cancelRequested || now - before.updatedAt <= unseenMs + maxSkewMs) return;
  if (withoutHolder.includes(write.transition) && after.status !== 'canceled')
    throw new Violation('a requested cancel is carried out', `${after.id} is ${after.status}`);
}

/** Whose call it is, the item must say. */
const canceling: readonly TransitionName[] = ['cancel', 'cancelUnborn', 'requestCancel'];

/** Each call of the client has another name. A parent has but one. */
function checkActor({ write: { transition }, before, after }: Effect, check: Check): void {
  const isNew = (name: 'canceledBy' | 'retriedBy') =>
    after[name] !== undefined && (after[name] !== before?.[name] || after[name] === byParent);
  if (canceling.includes(transition)) check(isNew('canceledBy'), 'does not say who has canceled it');
  if (newRun.includes(transition)) check(isNew('retriedBy'), 'does not say who has retried it');
}

function checkClaim({ write, before, after }: Effect, check: Check): void {
  if (before) {
    check(after.fencingToken > before.fencingToken, 'has an old fencing token');
    check(after.claimId !== before.claimId, 'has an old claimId');
  }
  check(after.logTail === undefined, 'has lines of an attempt before');
  if (write.transition === 'reclaim') check(after.inCompany === undefined, 'is in company');
}

const maxLookPauseMs = 12 * 3600 * 1000;

function checkLook({ write: { transition }, before, after }: Effect, check: Check, maxSkewMs: number): void {
  const isOutside = leaving.includes(transition) || (sleeps.includes(transition) && isPostponed(after));
  if (isOutside) check(after.lookAt !== undefined, 'waits outside of all queues, and nobody looks at it');
  check((after.dueKey === undefined) === (after.lookAt === undefined), 'is half in the index of what waits');
  if (transition !== 'lookAgain' || after.lookAt === after.startBefore) return;
  if (isInLine(after)) {
    check(after.lookAt === after.awaitsPlace?.since, 'does not stand where it stood in line');
    return;
  }
  const { lookAt = 0, updatedAt, notBefore = 0, runAt = 0, awaitsPlace, awaits } = before ?? after;
  // Between two looks at a parent lie twenty minutes at most, also after the time until which the parent waits.
  const maxPauseMs = awaits && awaits.until === notBefore ? lookAtParentsMs : maxLookPauseMs;
  // A job that was woken waits for a worker from then on.
  const waitedMs = lookAt - Math.max(updatedAt, notBefore, runAt, awaitsPlace?.wokenAt ?? 0);
  // Where a job stands in a line, and so how long it has waited, the clock of another worker says.
  const aheadMs = before?.awaitsPlace ? 2 * maxSkewMs : 0;
  const earliest = lookAt + Math.min(waitedMs, maxPauseMs) - aheadMs;
  check((after.lookAt ?? 0) >= earliest, 'is looked at again too soon');
}

/** A part of an output belongs to a state, or to steps. */
const hasLooseOutput = ({ output, checkpoint, steps }: JobItem): boolean =>
  output !== undefined && checkpoint === undefined && steps === undefined;

/** What the item needs after this write, and what must not be left of before. */
function checkLeftovers({ write: { transition }, before, after }: Effect, check: Check): void {
  const { attempt, error, finishedAt, slices, message, checkpoint, progress } = after;
  if (hasSucceeded(after.status)) check((after.result ?? after.resultObject) !== undefined, 'has no result');
  check(!hasLooseOutput(after), 'has a part of an output without a state');
  if (keepingMessage.includes(transition)) check(message !== undefined, 'has no message');
  if (freshAttempts.includes(transition))
    check(attempt === 0 && error === undefined && finishedAt === undefined, 'does not start anew');
  if (slicing.includes(transition)) check(slices === (before?.slices ?? 0) + 1, 'counts no slice');
  if (transition === 'interrupt')
    check(attempt + 1 === before?.attempt, 'was interrupted, and its attempt counts');
  if (transition === 'awaitHandler' && before?.inCompany)
    check(after.history.at(-1)?.event === 'interrupted', 'does not say that its attempt was broken off');
  if (transition === 'release' || transition === 'leaveQueue') check(error !== undefined, 'has no error');
  if (newRun.includes(transition) && checkpoint === undefined)
    check(progress === undefined, 'shows progress that is not saved');
}
