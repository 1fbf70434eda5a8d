import { describe, expect, it, test } from '@jest/globals';
import {
  addRecord,
  emptyAggregate,
  planFor,
  toResult,
} from '../../../../job-types/csv-aggregate/aggregate.ts';
import { PermanentError } from '../../../../shared/job/errors.ts';

/** The sum, the mean, the minimum and the maximum of the fields. */
function figuresOf(...fields: string[]) {
  const aggregate = { ...emptyAggregate(), header: ['key', 'price'] };
  const metrics = (['sum', 'mean', 'min', 'max'] as const).map((op) => ({ column: 'price', op }));
  const plan = planFor(aggregate, { groupBy: 'key', metrics });
  for (const [at, field] of fields.entries())
    addRecord(aggregate, plan, { row: at + 1, fields: ['k', field], end: 0 });
  return toResult(aggregate, plan).groups[0]?.values;
}

function errorOf(...fields: string[]): string {
  try {
    figuresOf(...fields);
  } catch (thrown) {
    if (thrown instanceof PermanentError) return `${thrown.name}: ${thrown.message}`;
  }
  throw new Error('no PermanentError was thrown');
}

describe('a number in a field', () => {
  test.each([
    ['1', 1],
    ['-1.5', -1.5],
    ['+2', 2],
    ['.5', 0.5],
    ['3.', 3],
    ['007', 7],
    ['1e3', 1000],
    ['2.5E-1', 0.25],
    ['  4\t', 4],
    ['-0', 0],
    ['-1e-400', 0],
    ['1.7976931348623157e308', Number.MAX_VALUE],
  ])('may be written as %j', (field, number) => {
    expect(figuresOf(field)).toEqual([number, number, number, number]);
  });

  const notNumbers = [
    'abc',
    '0x10',
    'Infinity',
    '-Infinity',
    'NaN',
    '1,5',
    '1 000',
    '1_000',
    '1e',
    '.',
    '--1',
    ' ',
  ];
  test.each([...notNumbers, '１', '1\n', '\u00a01'])(
    'may not be written as %j, and the error names the first such field',
    (field) => {
      const quoted = JSON.stringify(field);
      expect(errorOf('1', '', field, 'x')).toBe(
        `FieldError: row 3, column "price": ${quoted} is not a number`,
      );
    },
  );

  it('is rejected if it is too large for a double', () => {
    expect(errorOf('-1e309')).toBe('FieldError: row 1, column "price": "-1e309" is too large a number');
  });

  it('is cut in the error message if it is long', () => {
    const message = errorOf(`${'1'.repeat(100_000)}x`);
    expect(message).toBe(`FieldError: row 1, column "price": "${'1'.repeat(60)}…" is not a number`);
  });
});
