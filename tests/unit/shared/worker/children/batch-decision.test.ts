import { describe, expect, test } from '@jest/globals';
import type { BatchRoot, BatchShard } from '../../../../../shared/domain/children/batch.ts';
import { isDecided } from '../../../../../shared/domain/children/batch.ts';
import {
  decisionByRoot,
  decisionOf,
  endsIn,
  needsRound,
  planRound,
  settledOf,
  shardsToRead,
} from '../../../../../shared/worker/children/batch-decision.ts';
import { aRoot } from '../../../../set-ups/samples.ts';

const five = (over: Partial<BatchRoot> = {}) => aRoot({ count: 5, shardSize: 2, ...over });
const textsOf = (numbers: readonly number[]) => new Set(numbers.map(String));
const aShard = (
  shard: number,
  ended: readonly number[],
  unsuccessful: readonly number[] = [],
): BatchShard => ({
  ...{ batch: aRoot().batch, version: 2, tenant: 'a tenant', round: 1, shard, size: 2, expiresAt: 1 },
  ended: textsOf(ended),
  unsuccessful: textsOf(unsuccessful),
});
const all = [aShard(2, [4]), aShard(0, [1, 0]), aShard(1, [2, 3], [2])];
const full = textsOf([0, 1, 2]);

describe('what is decided of a batch', () => {
  test('is how many have ended, and how', () => {
    const root = five({ full });
    const decision = decisionOf(root, endsIn(root, all), { run: 2, before: undefined });
    expect(decision).toEqual({ run: 2, unsuccessful: 1 });
    expect(settledOf(5, decision)).toEqual({ succeeded: 4, unsuccessful: 1 });
  });

  test('knows those that have succeeded in an earlier round, in a shard that is no item', () => {
    const root = five({ full, round: 2, any: 4 });
    expect(endsIn(root, [aShard(1, [2, 3], [3])])).toEqual({
      succeeded: [0, 1, 2, 4],
      unsuccessful: new Set([3]),
    });
  });

  test('says that others had not ended yet', () => {
    const root = five({ tolerate: 0 });
    const decision = decisionOf(root, endsIn(root, all.slice(1)), { run: 1, before: undefined });
    expect(decision).toEqual({ run: 1, unsuccessful: 1, succeeded: 3 });
    expect(settledOf(5, decision)).toEqual({ succeeded: 3, unsuccessful: 1, isEarly: true });
  });

  test('names as many as were asked for, the same ones in a later run', () => {
    const root = five({ any: 2 });
    const first = decisionOf(root, endsIn(root, all.slice(0, 2)), { run: 1, before: undefined });
    expect(first).toEqual({ run: 1, unsuccessful: 0, succeeded: 3, counted: [0, 1] });
    const before = { ...first, counted: [1, 4] };
    const later = { run: 2, unsuccessful: 1, counted: [1, 4] };
    expect(decisionOf(five({ any: 2, full }), endsIn(root, all), { run: 2, before })).toEqual(later);
  });

  test('names nobody if too few have succeeded', () => {
    const root = five({ any: 5, full });
    const decision = decisionOf(root, endsIn(root, all), { run: 1, before: undefined });
    expect(decision).toEqual({ run: 1, unsuccessful: 1 });
  });
});

describe('the root alone', () => {
  const fullUnsuccessful = new Set(['1/1', '0/2']);

  test('says which shards are to be read', () => {
    expect(shardsToRead(five({ full, fullUnsuccessful }))).toEqual([0, 1]);
    expect(shardsToRead(five({ full: textsOf([1, 2]), fullUnsuccessful: new Set(['1/1']) }))).toEqual([0, 1]);
    expect(shardsToRead(five({ full }))).toEqual([]);
  });

  test.each<[string, unknown, Partial<BatchRoot>]>([
    ['says how many did not succeed', { run: 2, unsuccessful: 3 }, { full, fullUnsuccessful }],
    ['says that all have succeeded', { run: 2, unsuccessful: 0 }, { full }],
    ['decides nothing before all have ended', undefined, { full: textsOf([0]), fullUnsuccessful }],
    ['does not know which ones are made again', undefined, { full, fullUnsuccessful, retries: true }],
    ['does not know by which ones `any` was met', undefined, { full, fullUnsuccessful, any: 2 }],
  ])('%s', (_what, decision, over) => {
    expect(decisionByRoot(five(over), 2)).toEqual(decision);
  });
});

describe('another round', () => {
  const ends = endsIn(five(), all);
  test.each<[string, boolean, Partial<BatchRoot>]>([
    ['begins when all have ended', true, { full, retries: true }],
    ['begins when children were canceled with their parent, which goes on', true, { full, endedRun: 1 }],
    ['begins when too few have succeeded', true, { full, retries: true, any: 5 }],
    ['does not begin when enough have succeeded', false, { full, retries: true, any: 4 }],
    ['does not begin before all have ended', false, { full: textsOf([0]), retries: true, tolerate: 0 }],
    ['does not begin unless the parent was retried', false, { full }],
  ])('%s', (_what, expected, over) => {
    expect(needsRound(five(over), ends)).toBe(expected);
  });
});

describe('a parent may go on', () => {
  const [one, two] = [textsOf([1]), textsOf([1, 2])];
  test.each<[boolean, Partial<BatchRoot>]>([
    [true, { full }],
    [false, { full: textsOf([0, 1]) }],
    [true, { any: 2, earlySucceeded: two }],
    [false, { any: 2, earlySucceeded: one, earlyUnsuccessful: two }],
    [true, { any: 2, earlySucceeded: two, retries: true }],
    [true, { tolerate: 1, earlyUnsuccessful: two }],
    [false, { tolerate: 1, earlyUnsuccessful: one, earlySucceeded: two }],
    [true, { tolerate: 0, earlyUnsuccessful: one }],
    [false, { tolerate: 0, earlyUnsuccessful: one, retries: true }],
    [false, { tolerate: 0, earlyUnsuccessful: one, endedRun: 1 }],
  ])('%s: %j', (expected, over) => {
    expect(isDecided(five(over))).toBe(expected);
  });
});

describe('the plan of the next round', () => {
  const ends = { succeeded: [0, 4], unsuccessful: new Set([1, 2, 3]) };

  test('makes all again that did not succeed, and stores no shard in which all have', () => {
    expect(
      planRound(five({ full, any: 5, tolerate: 2, retries: true, again: new Set(['1']) }), ends),
    ).toEqual({
      shards: [
        { shard: 0, size: 2, ended: new Set(['0']) },
        { shard: 1, size: 2 },
      ],
      full: [{ shard: 2, unsuccessful: 0 }],
      early: { succeeded: [0, 4], unsuccessful: [] },
    });
  });

  test('makes those again that were asked for, and the others count from the beginning', () => {
    expect(planRound(five({ full, tolerate: 0, again: new Set(['1', '4']) }), ends)).toEqual({
      shards: [
        { shard: 0, size: 2, ended: new Set(['0']) },
        { shard: 1, size: 2, ended: new Set(['2', '3']), unsuccessful: new Set(['2', '3']) },
      ],
      full: [
        { shard: 1, unsuccessful: 2 },
        { shard: 2, unsuccessful: 0 },
      ],
      early: { succeeded: [], unsuccessful: [2] },
    });
  });

  test('is made if one of those that were asked for did not succeed', () => {
    expect(needsRound(five({ full, again: new Set(['1']) }), ends)).toBe(true);
    expect(needsRound(five({ full, again: new Set(['4']) }), ends)).toBe(false);
    expect(needsRound(five({ again: new Set(['1']) }), ends)).toBe(false);
  });
});
