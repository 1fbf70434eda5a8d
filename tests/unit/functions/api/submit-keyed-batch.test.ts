import { describe, expect, test } from '@jest/globals';
import { aBatchFunction, aJob } from '../../../set-ups/batching.ts';

const keyed = (seconds: number, idempotencyKey = 'a key') => aJob(seconds, { idempotencyKey });
type Items = Awaited<ReturnType<ReturnType<typeof aBatchFunction>['itemsOf']>>;
const idsIn = (items: Items) => items.map((item) => ('job' in item ? item.job.id : item.problem.type));
const replaysIn = (items: Items) => items.map((item) => ('job' in item ? item.replayed : item.status));

describe('a batch of jobs with keys', () => {
  test('that is sent again is the same jobs, and sends no message', async () => {
    const { itemsOf, sent } = aBatchFunction();
    const batch = [keyed(1, 'a'), aJob(2), keyed(3, 'c')];
    const first = await itemsOf(batch);
    const second = await itemsOf(batch);
    expect(replaysIn(first)).toEqual([false, false, false]);
    expect(replaysIn(second)).toEqual([true, false, true]);
    expect([idsIn(second)[0], idsIn(second)[2]]).toEqual([idsIn(first)[0], idsIn(first)[2]]);
    expect(idsIn(second)[1]).not.toBe(idsIn(first)[1]);
    expect(sent()).toHaveLength(4);
  });

  test('does the same job once if it has it several times', async () => {
    const { itemsOf, sent } = aBatchFunction();
    const items = await itemsOf(Array.from({ length: 45 }, () => keyed(1)));
    expect(new Set(idsIn(items)).size).toBe(1);
    expect(replaysIn(items)).toEqual([false, ...Array(44).fill(true)]);
    expect(sent()).toHaveLength(1);
  });

  test.each([0, 7, 30])(
    'of racing jobs with one key takes the first one, with %d others before it',
    async (others) => {
      const { itemsOf, sent } = aBatchFunction(() => new Promise((resolve) => setImmediate(resolve)));
      const before = Array.from({ length: others }, (_, at) => aJob(at));
      const items = await itemsOf([...before, keyed(50), keyed(51), keyed(50), keyed(52, 'another')]);
      expect(replaysIn(items).slice(others)).toEqual([false, 422, true, false]);
      expect(sent().map(({ payload }) => payload)).toContainEqual({ seconds: 50 });
      expect(sent().map(({ payload }) => payload)).not.toContainEqual({ seconds: 51 });
    },
  );

  test('says of a key that came before with another job that it did', async () => {
    const { itemsOf } = aBatchFunction();
    const [, item] = await itemsOf([keyed(1), keyed(2)]);
    expect(item).toEqual({
      status: 422,
      problem: {
        type: '/problems/key-reused',
        title: 'The idempotency key was used for another request',
        status: 422,
        detail: 'This Idempotency-Key was used before, with another request.',
        instance: '/jobs/batch#/jobs/1',
      },
    });
  });

  test('takes the second job of a key if the first one is not valid', async () => {
    const { itemsOf } = aBatchFunction();
    expect(replaysIn(await itemsOf([keyed(-1), keyed(2), keyed(2)]))).toEqual([400, false, true]);
  });

  test('refuses keys that are no printable text, and takes all others', async () => {
    const { itemsOf, sent } = aBatchFunction();
    const odd = [{}, [], null, 1, true, '', 'é', '\n', 'x'.repeat(256)];
    const items = await itemsOf(odd.map((idempotencyKey) => aJob(1, { idempotencyKey })));
    expect(items.map(({ status }) => status)).toEqual(odd.map(() => 400));
    expect(sent()).toEqual([]);
    const even = ['toString', '__proto__', '"', '\\', ' ', 'x'.repeat(255)];
    const valid = await itemsOf(even.map((key) => keyed(1, key)));
    expect(new Set(idsIn(valid)).size).toBe(even.length);
    expect(valid.map(({ status }) => status)).toEqual(even.map(() => 202));
  });
});
