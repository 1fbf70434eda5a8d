import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { problemsOfParts } from '../../../../infra/packaging/problems-of-parts.ts';
import { type Contracts, defineJob, type JobContract } from '../../../../shared/author/contract.ts';

const shape = { payload: z.strictObject({}), result: z.null(), timeoutSeconds: 1, maxAttempts: 1 };
/** As JavaScript writes a contract, which no compiler has read. */
const written = (limits: object): JobContract => ({ ...defineJob(shape), ...limits });
const strict = { key: 'bank', perSecond: 10, spacing: 'strict' } as const;
const withPart = (part: object): Contracts => ({
  pay: written({ partLimits: { bank: { ...strict, ...part } } }),
});

test('a strict part has no problem, also with others of its key that are strict, and others of other keys', () => {
  const contracts = {
    ...withPart({ answerWithinSeconds: 600 }),
    ask: defineJob({
      ...shape,
      partLimits: { one: strict, other: { key: 'other', perSecond: 1, burst: 2 } },
    }),
  };
  expect(problemsOfParts(contracts)).toEqual([]);
});

test.each([
  [{ burst: 2 }, 'a strict part has no burst, as its calls come one after another.'],
  [{ spacing: 'exact' }, "spacing is 'strict', or absent: not 'exact'."],
  [
    { spacing: undefined, answerWithinSeconds: 5 },
    "answerWithinSeconds is for parts with spacing: 'strict'.",
  ],
  [{ answerWithinSeconds: 0 }, 'answerWithinSeconds is from 1 to 600.'],
  [{ answerWithinSeconds: 601 }, 'answerWithinSeconds is from 1 to 600.'],
  [{ answerWithinSeconds: Number.NaN }, 'answerWithinSeconds is from 1 to 600.'],
])('a part with %j is refused', (part, why) => {
  expect(problemsOfParts(withPart(part))).toEqual([`the contract of pay: its part bank: ${why}`]);
});

test('a strict limit of starts is refused, and says why and what to write', () => {
  const [problem = ''] = problemsOfParts({ pay: written({ limits: [strict] }) });
  expect(problem).toContain(
    "the contract of pay: spacing: 'strict' is for partLimits. An attempt has no one answer",
  );
  expect(problem).toContain('job.limit');
});

test('a key of strict parts and of others is refused, also of two types', () => {
  const plain = defineJob({ ...shape, partLimits: { bank: { key: 'bank', perSecond: 9 } } });
  expect(problemsOfParts({ ...withPart({}), ask: plain })).toEqual([
    expect.stringContaining('the key "bank" has strict parts and others'),
  ]);
});

test('the compiler refuses most of it', () => {
  const kept = [
    // @ts-expect-error: a start is not strict
    () => defineJob({ ...shape, limits: [strict] }),
    // @ts-expect-error: a strict part has no burst
    () => defineJob({ ...shape, partLimits: { bank: { ...strict, burst: 2 } } }),
  ];
  expect(kept).toHaveLength(2);
});
