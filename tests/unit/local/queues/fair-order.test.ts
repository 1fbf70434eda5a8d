import { describe, expect, test } from '@jest/globals';
import { FairOrder } from '../../../../local/queues/fair-order.ts';

const minute = 60_000;

/** The ranks of A, B and C after times in which so many messages of each were in flight. */
function ranksAfter(
  ...times: readonly (readonly [ms: number, inFlight: Readonly<Record<string, number>>])[]
) {
  const order = new FairOrder();
  let now = 1_800_000_000_000;
  for (const [ms, inFlight] of times) {
    const counts = new Map(Object.entries(inFlight));
    order.look(now, counts);
    now += ms;
    order.look(now, counts);
  }
  return ['A', 'B', 'C'].map(order.ranks());
}

describe('the order of a fair queue', () => {
  test('is the same for all if nothing is in flight', () => {
    expect(ranksAfter()).toEqual([0, 0, 0]);
    expect(ranksAfter([minute, {}])).toEqual([0, 0, 0]);
  });

  test('puts a tenant last that has 30 messages in flight, and more than a tenth of all', () => {
    expect(ranksAfter([0, { A: 30 }])).toEqual([31, 0, 0]);
    expect(ranksAfter([0, { A: 29 }])).toEqual([0, 0, 0]);
    expect(ranksAfter([0, { A: 30, others: 270 }])).toEqual([0, 0, 0]);
    expect(ranksAfter([0, { A: 30, others: 269 }])).toEqual([31, 0, 0]);
  });

  test('puts a tenant last that has more than a tenth of the time in which messages were processed lately', () => {
    expect(ranksAfter([1_000, { A: 2 }])).toEqual([3, 0, 0]);
    expect(ranksAfter([1_000, { A: 1, others: 9 }])).toEqual([0, 0, 0]);
    expect(ranksAfter([1_000, { A: 1, others: 8 }])).toEqual([2, 0, 0]);
  });

  test('counts what has ended, and less with time', () => {
    const busy = [minute, { A: 10 }] as const;
    expect(ranksAfter(busy, [minute, { B: 1 }])).toEqual([1, 2, 0]);
    // After seven minutes 10 are a twelfth of one.
    expect(ranksAfter(busy, [7 * minute, { B: 1 }])).toEqual([0, 2, 0]);
    // So little is left that nothing is remembered.
    expect(ranksAfter(busy, [60 * minute, {}])).toEqual([0, 0, 0]);
  });

  test('puts of two noisy tenants the one first that has fewer messages in flight', () => {
    expect(ranksAfter([1_000, { A: 50, B: 20 }])).toEqual([51, 21, 0]);
  });
});
