import { describe, expect, test } from '@jest/globals';
import { conditionOf, type Facts } from '../../../../shared/job/condition.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import {
  jobStatuses,
  type Requirement,
  type TransitionName,
  transitions,
} from '../../../../shared/job/transitions.ts';
import { holds } from '../../../fakes/in-memory-job-store.ts';
import { aQueuedItem, ids, t0 } from '../../../fakes/samples.ts';

const facts = { now: t0, fingerprint: 'mine', run: 2, fencingToken: 5, leaseUntil: t0, updatedAt: t0 };

/** Every combination of what conditions look at, around the boundaries. */
function* allItems(): Generator<JobItem> {
  const choices: { readonly [Key in keyof JobItem]?: readonly JobItem[Key][] } = {
    status: jobStatuses,
    leaseUntil: [undefined, t0 - 1, t0, t0 + 1],
    inCompany: [undefined, true],
    notBefore: [undefined, t0, t0 + 1],
    runAt: [undefined, t0, t0 + 1],
    fingerprint: ['mine', 'another'],
    run: [1, 2, 3],
    fencingToken: [4, 5],
    attempt: [2, 3, 4],
    cancelRequested: [undefined, true],
    message: [undefined, 'saved'],
    dependents: [undefined, ids(499), ids(500)],
    updatedAt: [t0 - 1, t0],
  };
  let items: Partial<JobItem>[] = [{ maxAttempts: 3 }];
  for (const [key, values] of Object.entries(choices))
    items = items.flatMap((item) => values.map((value) => ({ ...item, [key]: value })));
  for (const item of items) yield aQueuedItem(item);
}
const items = [...allItems()];

const same = ({ fingerprint, run }: JobItem) => fingerprint === 'mine' && run === 2;
const mine = ({ status, fencingToken }: JobItem) => status === 'running' && fencingToken === 5;
const goingOn = (item: JobItem) => mine(item) && !item.cancelRequested;
const idle = ({ status }: JobItem) => status === 'queued' || status === 'waiting';
const expired = ({ status, leaseUntil }: JobItem) =>
  status === 'running' && leaseUntil !== undefined && leaseUntil <= t0;
const expiredAlone = (item: JobItem) => expired(item) && !item.inCompany;
const unchanged = ({ updatedAt }: JobItem) => updatedAt === t0;
const due = ({ notBefore = t0, runAt = t0 }: JobItem) => notBefore <= t0 && runAt <= t0;

/** In words, what has to be so of an item that is there; and whether the write may also create it. */
const rules: { readonly [Name in TransitionName]: [creates: boolean, may: (item: JobItem) => boolean] } = {
  submit: [true, () => false],
  schedule: [true, () => false],
  defer: [true, (item) => same(item) && item.status === 'queued'],
  admit: [false, (item) => same(item) && item.status === 'waiting'],
  registerDependent: [
    false,
    (item) => (idle(item) || item.status === 'running') && (item.dependents?.size ?? 0) < 500,
  ],
  claim: [
    true,
    (item) =>
      same(item) &&
      (idle(item) || expiredAlone(item)) &&
      due(item) &&
      item.attempt < 3 &&
      !item.cancelRequested,
  ],
  reclaim: [
    false,
    (item) =>
      same(item) &&
      expired(item) &&
      item.inCompany === true &&
      item.fencingToken === 5 &&
      !item.cancelRequested,
  ],
  renew: [false, (item) => mine(item) && (item.leaseUntil ?? t0 + 1) <= t0],
  succeed: [false, mine],
  fail: [false, mine],
  stop: [false, mine],
  release: [false, goingOn],
  handOver: [false, goingOn],
  sleep: [false, goingOn],
  saveReceiptHandle: [false, (item) => same(item) && idle(item) && item.fencingToken === 5],
  failExhausted: [
    false,
    (item) => same(item) && expiredAlone(item) && item.fencingToken === 5 && item.attempt >= 3,
  ],
  finishCancel: [
    false,
    (item) =>
      same(item) && (idle(item) || expired(item)) && item.fencingToken === 5 && item.cancelRequested === true,
  ],
  failUnclaimed: [true, (item) => same(item) && (idle(item) || expired(item))],
  cancel: [false, (item) => idle(item) && unchanged(item)],
  requestCancel: [false, (item) => item.status === 'running' && unchanged(item)],
  saveMessage: [false, (item) => same(item) && item.status === 'canceled' && item.message === undefined],
  retry: [false, (item) => same(item) && (item.status === 'failed' || item.status === 'canceled')],
  revive: [
    false,
    (item) => same(item) && item.status === 'canceled' && item.message === undefined && unchanged(item),
  ],
};
const names = Object.keys(rules) as TransitionName[];

/** What a writer has to know beside its clock, by what is required of it. */
const factsFor: { readonly [Name in Requirement]?: readonly (keyof Facts)[] } = {
  sameRequest: ['fingerprint', 'run'],
  fencingToken: ['fencingToken'],
  leaseNotShortened: ['leaseUntil'],
  unchanged: ['updatedAt'],
};
const factsOf = (name: TransitionName) =>
  transitions[name].requires.flatMap((requirement: Requirement) => factsFor[requirement] ?? []);

describe('the condition', () => {
  test.each(names)('of %s holds for exactly the items that it may change', (name) => {
    const [, may] = rules[name];
    const condition = conditionOf(name, facts);
    const wrong = items.filter((item) => holds(condition, item) !== may(item));
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(wrong).toHaveLength(0);
  });

  test.each(names)('of %s holds where there is no item only if it may create one', (name) => {
    const [creates] = rules[name];
    expect(holds(conditionOf(name, facts), undefined)).toBe(creates);
  });

  test('tells apart what the matrix has of both kinds', () => {
    for (const name of names.filter((name) => name !== 'submit' && name !== 'schedule')) {
      const held = items.filter((item) => holds(conditionOf(name, facts), item));
      expect(held.length).toBeGreaterThan(0);
      expect(held.length).toBeLessThan(items.length);
    }
  });

  const missing = names.flatMap((name) => factsOf(name).map((fact) => [name, fact] as const));
  test.each(missing)('of %s is not to be had without the %s', (name, fact) => {
    expect(() => conditionOf(name, { ...facts, [fact]: undefined })).toThrow(
      new TypeError(`a write that requires "${fact}" was given none`),
    );
  });

  test.each(['submit', 'schedule', 'registerDependent'] as const)('of %s needs the clock alone', (name) => {
    expect(conditionOf(name, { now: t0 })).toEqual(conditionOf(name, facts));
  });
});
