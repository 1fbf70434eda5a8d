import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { contracts } from '../../../../job-types/contracts.ts';
import { compareContracts } from '../../../../scripts/compat/compare-contracts.ts';
import { describeComparison } from '../../../../scripts/compat/describe-comparison.ts';
import { type Contracts, defineJob } from '../../../../shared/job/contract.ts';
import { secretive } from '../../../set-ups/secretive-type.ts';

const state = z.strictObject({ done: z.int() });
const base = {
  payload: z.strictObject({ count: z.int().check(z.gte(0), z.lte(100)) }),
  result: z.strictObject({ sum: z.int() }),
  checkpoint: state,
  timeoutSeconds: 30,
  maxAttempts: 5,
};
const older = { sum: defineJob(base) };
const linesFor = (newer: Contracts, from: Contracts = older): readonly string[] =>
  compareContracts(from, newer).map(({ level, type, text }) => `${level}: ${type}: ${text}`);

test('the contracts of today can be compared in every part, and break nothing', () => {
  expect(compareContracts(contracts, contracts)).toEqual([]);
});

test('a new type breaks nothing', () => {
  expect(linesFor({ ...older, another: defineJob(base) })).toEqual([]);
});

describe('what breaks has a line each, and one that says what to do', () => {
  test('a stricter payload', () => {
    const payload = z.strictObject({ count: z.int().check(z.gte(0), z.lte(20)), name: z.string() });
    expect(linesFor({ sum: defineJob({ ...base, payload }) })).toEqual([
      'breaks: sum: payload /name: the old version allows {"count":1}, the new one refuses it: Invalid input: expected string, received undefined',
      'breaks: sum: payload /count: the old version allows 99, the new one refuses it: Too big: expected number to be <=20',
      expect.stringMatching(
        /^to do: sum: payload: jobs fail with InvalidPayloadError\. Accept the old shape too/,
      ),
    ]);
  });

  test('a stricter state', () => {
    const checkpoint = z.strictObject({ done: z.int(), position: z.int() });
    expect(linesFor({ sum: defineJob({ ...base, checkpoint }) })).toEqual([
      expect.stringMatching(/^breaks: sum: checkpoint \/position: .*received undefined$/),
      expect.stringMatching(/^to do: sum: checkpoint: jobs that resume fail with CheckpointError\./),
    ]);
  });

  test('a state that is not expected any more', () => {
    const { checkpoint: _, ...stateless } = base;
    expect(linesFor({ sum: defineJob(stateless) })).toEqual([
      'breaks: sum: checkpoint: there was a schema, and there is none any more',
      expect.stringContaining('CheckpointError'),
    ]);
    expect(linesFor(older, { sum: defineJob(stateless) })).toEqual([]);
  });

  test('a stricter result', () => {
    const result = z.strictObject({ sum: z.string() });
    expect(linesFor({ sum: defineJob({ ...base, result }) })).toEqual([
      'breaks: sum: result /sum: the old version allows 1, the new one refuses it: Invalid input: expected string, received number',
      expect.stringMatching(/^to do: sum: result: no job fails/),
    ]);
  });

  test('a type that is gone', () => {
    expect(linesFor({})).toEqual([
      'breaks: sum: the type is gone',
      expect.stringContaining('UnknownJobTypeError'),
    ]);
    // Not one of a catalog's own, such as toString.
    expect(linesFor({}, { constructor: defineJob(base) })[0]).toBe('breaks: constructor: the type is gone');
  });

  test('very many breaks are counted', () => {
    const fields = Array.from({ length: 30 }, (_, n) => [`field${n}`, z.string()] as const);
    const payload = z.strictObject({ count: z.int(), ...Object.fromEntries(fields) });
    const lines = linesFor({ sum: defineJob({ ...base, payload }) });
    expect(lines).toHaveLength(22);
    expect(lines.at(-2)).toBe('breaks: sum: payload: and 10 more');
  });
});

test('limits that fall, and a type that moves, are noted', () => {
  const sum = defineJob({ ...base, queue: 'long', timeoutSeconds: 20, maxAttempts: 2 });
  expect(linesFor({ sum })).toEqual([
    'note: sum: moves to the long queue: messages in the standard queue are sent on, those in the server queue are processed there',
    'note: sum: timeoutSeconds falls from 30 to 20, also for jobs that exist',
    'note: sum: maxAttempts falls from 5 to 2: jobs that exist keep theirs',
  ]);
  expect(linesFor(older, { sum })).toEqual([
    'note: sum: moves to the standard queue: messages in its earlier queue are processed there',
  ]);
});

describe('a state or a result is compared as it was saved', () => {
  test.each(['result', 'checkpoint'] as const)('a default of a %s was filled in', (part) => {
    const withDefault = { ...base, [part]: z.strictObject({ done: z._default(z.int(), 0) }) };
    const required = { ...base, [part]: z.strictObject({ done: z.int() }) };
    expect(linesFor({ sum: defineJob(required) }, { sum: defineJob(withDefault) })).toEqual([]);
  });

  test('a default of a payload was not', () => {
    const withDefault = { ...base, payload: z.strictObject({ count: z._default(z.int(), 0) }) };
    const required = { ...base, payload: z.strictObject({ count: z.int() }) };
    const lines = linesFor({ sum: defineJob(required) }, { sum: defineJob(withDefault) });
    expect(lines[0]).toContain('breaks: sum: payload /count: the old version allows {}');
  });

  test('a date is text by then, which no version can read', () => {
    const dated = { sum: defineJob({ ...base, checkpoint: z.strictObject({ at: z.date() }) }) };
    expect(linesFor(dated, dated)).toEqual([
      'unknown: sum: checkpoint /at cannot be compared, look at it yourself: no sample of its type (date) could be made',
    ]);
  });

  test('a schema without end is not comparable', () => {
    const endless = (): z.ZodMiniType => z.strictObject({ inner: z.optional(z.lazy(endless)) });
    const odd = { sum: defineJob({ ...base, checkpoint: endless() }) };
    expect(linesFor(odd, odd)).toEqual([
      expect.stringMatching(/^unknown: sum: checkpoint \(whole\) cannot be compared/),
    ]);
  });

  test('a state that its own version cannot read is not comparable', () => {
    const strange = z.pipe(z.int(), z.transform(String));
    const odd = { sum: defineJob({ ...base, checkpoint: strange }) };
    expect(linesFor(odd, odd)).toEqual([
      'unknown: sum: checkpoint (whole) cannot be compared, look at it yourself: the older version cannot read its own values',
    ]);
  });
});

describe('secrets', () => {
  const withPin = (pin: z.ZodMiniType) => ({ sum: defineJob({ ...base, payload: z.strictObject({ pin }) }) });
  const secret = z.string().check(z.meta({ secret: true }));

  test('of a value that is refused, none is shown', () => {
    const lines = linesFor(withPin(z.int()), withPin(secret));
    expect(lines[0]).toMatch(
      /^breaks: sum: payload \/pin: the old version allows "\[secret\]", the new one refuses it: /,
    );
    expect(linesFor(withPin(z.int().check(z.meta({ secret: true }))), withPin(z.string()))[0]).toContain(
      '"[secret]"',
    );
  });

  test('a mark that is gone is a warning', () => {
    const lines = linesFor(withPin(z.string()), withPin(secret));
    expect(lines).toEqual([expect.stringMatching(/^warning: sum: payload \/pin is not secret any more/)]);
    expect(linesFor(withPin(secret), withPin(z.string()))).toEqual([]);
  });

  test('a mark may move outwards', () => {
    const outer = {
      sum: defineJob({
        ...base,
        payload: z.strictObject({ pin: z.string() }).check(z.meta({ secret: true })),
      }),
    };
    expect(linesFor(outer, withPin(secret))).toEqual([]);
    expect(linesFor(withPin(secret), outer)).toEqual([
      expect.stringContaining('payload (whole) is not secret'),
    ]);
  });

  test('a type with secrets of every kind is compared in full', () => {
    expect(linesFor({ secretive }, { secretive })).toEqual([]);
  });
});

describe('the summary', () => {
  const summaryOf = (newer: Contracts, from: Contracts = older) => {
    const { lines, hasBreaks } = describeComparison(compareContracts(from, newer), {
      types: Object.keys(from).length,
      ref: 'v1',
    });
    return [lines.at(-1), hasBreaks];
  };

  test('counts the types that break, and the parts that nobody can compare', () => {
    expect(summaryOf(older)).toEqual(['compared 1 type with v1: 0 of them break', false]);
    expect(summaryOf({}, { ...older, other: defineJob(base) })).toEqual([
      'compared 2 types with v1: 2 of them break',
      true,
    ]);
    const dated = { sum: defineJob({ ...base, result: z.date() }) };
    expect(summaryOf(dated, dated)).toEqual([
      'compared 1 type with v1: 0 of them break, 1 part could not be compared',
      false,
    ]);
  });
});
