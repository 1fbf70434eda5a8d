import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { warningsOfContracts } from '../../../../infra/packaging/contract-warnings.ts';
import { defineJob } from '../../../../shared/author/contract.ts';

const withResult = (result: z.ZodMiniType) =>
  defineJob({ payload: z.strictObject({}), result, timeoutSeconds: 1, maxAttempts: 1 });

test('a result that refuses more fields than its type has is warned of, with the place: a right-typed handler would fail after its work', () => {
  const contracts = {
    strict: withResult(z.strictObject({ rows: z.int() })),
    inside: withResult(z.object({ pages: z.array(z.nullable(z.strictObject({ page: z.int() }))) })),
    stripping: withResult(z.object({ pages: z.array(z.object({ page: z.int() })) })),
    loose: withResult(z.looseObject({ page: z.int() })),
    plain: withResult(z.union([z.string(), z.null()])),
    tree: withResult(
      z.object({
        get tree() {
          return z.array(z.lazy(() => tree));
        },
      }),
    ),
  };
  const lines = warningsOfContracts(contracts);
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    'the contract of strict',
    'the contract of inside',
    'the contract of tree',
  ]);
  expect(lines.join('\n')).toContain('z.object');
});

const tree: z.ZodMiniType = z.strictObject({
  get left() {
    return z.optional(tree);
  },
});

test('a reserved type is ours, and nobody is warned of it', () => {
  const result = z.strictObject({ count: z.int() });
  const reserved = defineJob({
    queue: 'bulk',
    reserved: 'no',
    payload: z.strictObject({}),
    result,
    timeoutSeconds: 1,
    maxAttempts: 1,
  });
  expect(warningsOfContracts({ reserved })).toEqual([]);
});

test('labels of a value that cannot be answered are warned of, with the place', () => {
  const asking = defineJob({
    payload: z.strictObject({}),
    result: z.null(),
    hasSteps: true,
    signals: {
      right: z.strictObject({
        isOk: z.optional(z.boolean().check(z.meta({ labels: { true: 'Approve', false: 'Refuse' } }))),
        place: z.enum(['window', 'aisle']).check(z.meta({ labels: { window: 'At the window' } })),
      }),
      wrong: z.strictObject({
        isOk: z.boolean().check(z.meta({ labels: { yes: 'Approve' } })),
        note: z.string().check(z.meta({ labels: { a: 'b' } })),
        places: z.array(z.enum(['window']).check(z.meta({ labels: { wing: 'On the wing' } }))),
      }),
    },
    timeoutSeconds: 1,
    maxAttempts: 1,
  });
  const lines = warningsOfContracts({ asking });
  expect(lines).toHaveLength(3);
  for (const name of ['"yes"', '"a"', '"wing"'])
    expect(lines.join('\n')).toContain(`the contract of asking: the signal wrong has labels for ${name}`);
});
