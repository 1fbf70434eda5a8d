import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import {
  jobStatuses,
  type Requirement,
  type TransitionName,
  transitions,
} from '../../../../../../shared/domain/state/job/transitions.ts';
import { conditionOf, type Facts } from '../../../../../../shared/domain/state/writes/condition.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { holds } from '../../../../../../testkit/fakes/in-memory-records.ts';
import { aQueuedItem, ids } from '../../../../../set-ups/samples.ts';

/** The attributes that conditions test, with values around the boundaries. */
const choices: { readonly [Key in keyof JobItem]?: readonly JobItem[Key][] } = {
  status: jobStatuses,
  leaseUntil: [undefined, t0 - 1, t0, t0 + 1],
  inCompany: [undefined, true],
  notBefore: [undefined, t0, t0 + 1],
  runAt: [undefined, t0, t0 + 1],
  fingerprint: ['the same', 'another'],
  run: [1, 2, 3],
  fencingToken: [4, 5],
  attempt: [2, 3, 4],
  cancelRequested: [undefined, true],
  message: [undefined, 'saved'],
  dependents: [undefined, ids(499), ids(500)],
  updatedAt: [t0 - 1, t0],
  finishedAt: [t0 - 1, t0],
  mayStartLate: [undefined, true],
  lookAt: [undefined, t0 - 1, t0],
  seenAt: [undefined, t0],
  signals: [undefined, 'as read', 'another'],
};

/** Every combination of the values of these attributes. */
function combinations(keys: ReadonlySet<string>): readonly JobItem[] {
  let items: readonly JobItem[] = [aQueuedItem({ maxAttempts: 3 })];
  for (const [key, values] of Object.entries(choices))
    if (keys.has(key)) items = items.flatMap((item) => values.map((value) => ({ ...item, [key]: value })));
  return items;
}

/**
 * Every combination of the attributes that a condition or its rule reads of any item. What neither of them reads can make
 * no difference: all combinations of all attributes are a million.
 */
function itemsFor(...readers: readonly ((item: JobItem) => unknown)[]): readonly JobItem[] {
  const read = new Set<string>();
  const noted = (item: JobItem) =>
    new Proxy(item, {
      get(target, key) {
        read.add(String(key));
        return Reflect.get(target, key);
      },
    });
  for (;;) {
    const count = read.size;
    const items = combinations(read);
    for (const item of items) for (const reads of readers) reads(noted(item));
    if (read.size === count) return items;
  }
}

const facts = {
  now: t0,
  fingerprint: 'the same',
  run: 2,
  fencingToken: 5,
  leaseUntil: t0,
  updatedAt: t0,
  finishedAt: t0,
  lookAt: t0,
  seenAt: t0,
  signals: 'as read',
  notBefore: t0,
};
/** By its message, the time is over in which the job had to start. */
const late = { ...facts, startBefore: t0 };

const isSameRequest = ({ fingerprint, run }: JobItem) => fingerprint === 'the same' && run === 2;
const isHeld = ({ status, fencingToken }: JobItem) => status === 'running' && fencingToken === 5;
const isHeldWithoutCancel = (item: JobItem) => isHeld(item) && !item.cancelRequested;
const isQueuedOrWaiting = ({ status }: JobItem) => status === 'queued' || status === 'waiting';
const isExpired = ({ status, leaseUntil }: JobItem) =>
  status === 'running' && leaseUntil !== undefined && leaseUntil <= t0;
const isExpiredAlone = (item: JobItem) => isExpired(item) && !item.inCompany;
const isUnchanged = ({ updatedAt }: JobItem) => updatedAt === t0;
const isAsRead = (item: JobItem) => isUnchanged(item) && item.seenAt === t0;
const hasSameSignals = ({ signals }: JobItem) => signals === 'as read';
const hasEnded = ({ status }: JobItem) => ['succeeded', 'failed', 'canceled'].includes(status);
const isDue = ({ notBefore = t0, runAt = t0 }: JobItem) => notBefore <= t0 && runAt <= t0;

/** Whether a write may create the item, and which existing items it may change. */
const rules: { readonly [Name in TransitionName]: [creates: boolean, may: (item: JobItem) => boolean] } = {
  submit: [true, () => false],
  schedule: [true, () => false],
  keepMessage: [
    false,
    (item) => isSameRequest(item) && item.status !== 'succeeded' && item.messageObject === undefined,
  ],
  defer: [true, (item) => isSameRequest(item) && item.status === 'queued'],
  admit: [false, (item) => isSameRequest(item) && item.status === 'waiting' && isUnchanged(item)],
  replace: [false, (item) => isSameRequest(item) && item.status === 'waiting' && isUnchanged(item)],
  startParent: [false, (item) => isSameRequest(item) && item.status === 'waiting' && isUnchanged(item)],
  postpone: [true, (item) => isSameRequest(item) && isQueuedOrWaiting(item)],
  lookAgain: [false, (item) => isQueuedOrWaiting(item) && item.lookAt === t0],
  registerDependent: [
    false,
    (item) => (isQueuedOrWaiting(item) || item.status === 'running') && (item.dependents?.size ?? 0) < 500,
  ],
  claim: [
    true,
    (item) =>
      isSameRequest(item) &&
      (isQueuedOrWaiting(item) || isExpiredAlone(item)) &&
      isDue(item) &&
      item.attempt < 3 &&
      !item.cancelRequested,
  ],
  reclaim: [
    false,
    (item) =>
      isSameRequest(item) &&
      isExpired(item) &&
      item.inCompany === true &&
      item.fencingToken === 5 &&
      !item.cancelRequested,
  ],
  renew: [false, (item) => isHeld(item) && (item.leaseUntil ?? t0 + 1) <= t0],
  succeed: [false, isHeld],
  fail: [false, isHeld],
  stop: [false, isHeld],
  release: [false, isHeldWithoutCancel],
  leaveQueue: [false, isHeldWithoutCancel],
  handOver: [false, isHeldWithoutCancel],
  sleep: [false, isHeldWithoutCancel],
  awaitSignal: [false, (item) => isHeldWithoutCancel(item) && hasSameSignals(item)],
  closeWait: [false, (item) => isHeld(item) && hasSameSignals(item)],
  storeSignal: [
    false,
    (item) =>
      isSameRequest(item) && (isQueuedOrWaiting(item) || item.status === 'running') && hasSameSignals(item),
  ],
  answerWait: [
    false,
    (item) => isSameRequest(item) && isQueuedOrWaiting(item) && hasSameSignals(item) && item.notBefore === t0,
  ],
  interrupt: [false, isHeldWithoutCancel],
  giveBack: [false, isHeldWithoutCancel],
  saveReceiptHandle: [
    false,
    (item) => isSameRequest(item) && isQueuedOrWaiting(item) && item.fencingToken === 5,
  ],
  awaitHandler: [
    true,
    (item) =>
      isSameRequest(item) &&
      (isQueuedOrWaiting(item) || isExpired(item)) &&
      isDue(item) &&
      item.fencingToken === 5 &&
      !item.cancelRequested,
  ],
  failExhausted: [
    false,
    (item) => isSameRequest(item) && isExpiredAlone(item) && item.fencingToken === 5 && item.attempt >= 3,
  ],
  finishCancel: [
    false,
    (item) =>
      isSameRequest(item) &&
      (isQueuedOrWaiting(item) || isExpired(item)) &&
      item.fencingToken === 5 &&
      item.cancelRequested === true,
  ],
  failUnclaimed: [
    true,
    (item) => isSameRequest(item) && (isQueuedOrWaiting(item) || isExpired(item)) && isAsRead(item),
  ],
  cancelChild: [true, () => false],
  failLate: [
    true,
    (item) => isSameRequest(item) && isQueuedOrWaiting(item) && !item.mayStartLate && isAsRead(item),
  ],
  cancelForgotten: [
    false,
    (item) =>
      isSameRequest(item) &&
      (item.status === 'queued' || isExpired(item)) &&
      isUnchanged(item) &&
      item.cancelRequested === true,
  ],
  failForgotten: [false, (item) => isSameRequest(item) && isQueuedOrWaiting(item) && isUnchanged(item)],
  failLost: [
    false,
    (item) => isSameRequest(item) && (isQueuedOrWaiting(item) || isExpired(item)) && isAsRead(item),
  ],
  noteCopy: [false, (item) => isSameRequest(item) && (isQueuedOrWaiting(item) || item.status === 'running')],
  cancel: [false, (item) => isQueuedOrWaiting(item) && isUnchanged(item)],
  requestCancel: [
    false,
    (item) => (isQueuedOrWaiting(item) || item.status === 'running') && isUnchanged(item),
  ],
  saveMessage: [
    false,
    (item) => isSameRequest(item) && item.status === 'canceled' && item.message === undefined,
  ],
  retry: [false, (item) => isSameRequest(item) && (item.status === 'failed' || item.status === 'canceled')],
  revive: [
    false,
    (item) =>
      isSameRequest(item) && item.status === 'canceled' && item.message === undefined && isUnchanged(item),
  ],
  cancelUnborn: [true, () => false],
  eraseUnborn: [true, () => false],
  erase: [false, (item) => hasEnded(item) && isUnchanged(item)],
  recordNotification: [false, (item) => isSameRequest(item) && hasEnded(item) && item.finishedAt === t0],
};
const mayClaim = rules.claim[1];
const names = Object.keys(rules) as TransitionName[];

/** The facts, beside the time, that a writer needs for each requirement. */
const factsFor: { readonly [Name in Requirement]?: readonly (keyof Facts)[] } = {
  sameRequest: ['fingerprint', 'run'],
  fencingToken: ['fencingToken'],
  leaseNotShortened: ['leaseUntil'],
  unchanged: ['updatedAt'],
  sameEnd: ['finishedAt'],
  sameLook: ['lookAt'],
};
/** They create the item if their writer found none. */
const failsUnread: ReadonlySet<TransitionName> = new Set(['failUnclaimed', 'failLate']);
const factsOf = (name: TransitionName) =>
  transitions[name].requires.flatMap((requirement: Requirement) =>
    failsUnread.has(name) ? [] : (factsFor[requirement] ?? []),
  );

describe('conditionOf', () => {
  test.each(names)(
    'makes a condition for "%s" that holds for exactly the items that the write may change',
    (name) => {
      const [, may] = rules[name];
      const condition = conditionOf(name, facts);
      const items = itemsFor((item) => holds(condition, item), may);
      const contradictions = items.filter((item) => holds(condition, item) !== may(item));
      expect(contradictions.slice(0, 3)).toEqual([]);
      expect(contradictions).toHaveLength(0);
    },
  );

  test.each(names)(
    'makes a condition for "%s" that holds without an item only if the write may create one',
    (name) => {
      const [creates] = rules[name];
      const condition = conditionOf(name, failsUnread.has(name) ? { ...facts, updatedAt: undefined } : facts);
      expect(holds(condition, undefined)).toBe(creates);
    },
  );

  test.each([...failsUnread])('makes a condition for "%s" that holds only for what was read', (name) => {
    expect(holds(conditionOf(name, facts), undefined)).toBe(false);
    const without = conditionOf(name, { ...facts, updatedAt: undefined });
    expect(itemsFor((item) => holds(without, item)).filter((item) => holds(without, item))).toEqual([]);
  });

  test('makes a condition for a claim that comes too late, which holds only for a job that may start late', () => {
    const condition = conditionOf('claim', late);
    const mayClaimLate = (item: JobItem) => mayClaim(item) && item.mayStartLate === true;
    const items = itemsFor((item) => holds(condition, item), mayClaimLate);
    const contradictions = items.filter((item) => holds(condition, item) !== mayClaimLate(item));
    expect(contradictions).toHaveLength(0);
    expect(holds(condition, undefined)).toBe(false);
  });

  test('makes the usual condition for a claim in the last millisecond of its time', () => {
    expect(conditionOf('claim', { ...facts, startBefore: t0 + 1 })).toEqual(conditionOf('claim', facts));
  });

  test('looks at the time to start only for a claim', () => {
    for (const name of names.filter((name) => name !== 'claim'))
      expect(conditionOf(name, late)).toEqual(conditionOf(name, facts));
  });

  const creations: readonly TransitionName[] = [
    'submit',
    'schedule',
    'cancelChild',
    'cancelUnborn',
    'eraseUnborn',
  ];

  test('makes conditions that hold for some of the tested items and not for others', () => {
    for (const name of names.filter((name) => !creations.includes(name))) {
      const condition = conditionOf(name, facts);
      const items = itemsFor((item) => holds(condition, item));
      const matching = items.filter((item) => holds(condition, item));
      expect(matching.length).toBeGreaterThan(0);
      expect(matching.length).toBeLessThan(items.length);
    }
  });

  const missing = names.flatMap((name) => factsOf(name).map((fact) => [name, fact] as const));
  test.each(missing)('throws for "%s" if the fact "%s" is missing', (name, fact) => {
    expect(() => conditionOf(name, { ...facts, [fact]: undefined })).toThrow(
      new TypeError(`a write that requires "${fact}" was given none`),
    );
  });

  test.each([...creations, 'registerDependent'] as const)('needs no fact but the time for "%s"', (name) => {
    expect(conditionOf(name, { now: t0 })).toEqual(conditionOf(name, facts));
  });
});
