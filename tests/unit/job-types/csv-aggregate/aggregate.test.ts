import { describe, expect, it, test } from '@jest/globals';
import {
  addRecord,
  emptyAggregate,
  planFor,
  toResult,
} from '../../../../job-types/csv-aggregate/aggregate.ts';
import { PermanentError } from '../../../../shared/job/errors.ts';

const ops = ['count', 'sum', 'mean', 'min', 'max'] as const;
type Op = (typeof ops)[number];
type Metric = `${Op} of ${string}`;

const allOf = (column: string): Metric[] => ops.map((op): Metric => `${op} of ${column}`);

/** The groups of a table. Its lines have their fields separated by bars. The first line is the header. */
function groupsOf([header = '', ...lines]: string[], metrics = allOf('price'), groupBy = 'key') {
  const aggregate = { ...emptyAggregate(), header: header.split('|') };
  const parsedMetrics = metrics.map((metric) => {
    const op = ops.find((known) => metric.startsWith(known)) ?? 'count';
    return { op, column: metric.slice(`${op} of `.length) };
  });
  const plan = planFor(aggregate, { groupBy, metrics: parsedMetrics });
  for (const [at, line] of lines.entries())
    addRecord(aggregate, plan, { row: at + 1, fields: line.split('|'), end: 0 });
  const { rows, groups } = toResult(aggregate, plan);
  expect(rows).toBe(lines.length);
  return groups.map(({ key, values }) => [key, ...values]);
}

function errorOf(...args: Parameters<typeof groupsOf>): string {
  try {
    groupsOf(...args);
  } catch (thrown) {
    if (thrown instanceof PermanentError) return `${thrown.name}: ${thrown.message}`;
  }
  throw new Error('no PermanentError was thrown');
}

describe('the metrics', () => {
  it('are count, sum, mean, minimum and maximum per group, without empty fields', () => {
    const lines = ['north|1.5', 'south|2', 'north|2.5', 'south|', 'north|', 'north|-10'];
    expect(groupsOf(['key|price', ...lines])).toEqual([
      ['north', 3, -6, -2, -10, 2.5],
      ['south', 1, 2, 2, 2, 2],
    ]);
  });

  it('come in the order of the request, and twice if the request has the same one twice', () => {
    const metrics: Metric[] = ['max of b', 'sum of a', 'max of b'];
    expect(groupsOf(['a|key|b', '1|k|30', '2|k|40'], metrics)).toEqual([['k', 40, 3, 40]]);
  });

  it('may be of the column that the records are grouped by', () => {
    expect(groupsOf(['n', '2', '10', '2'], ['sum of n'], 'n')).toEqual([
      ['10', 10],
      ['2', 4],
    ]);
  });

  it('of a group without a number are 0 for count and sum, and null for the others', () => {
    expect(groupsOf(['key|price', 'k|', 'k|'])).toEqual([['k', 0, 0, null, null, null]]);
  });

  it('count every field that is not empty, also if it is not a number', () => {
    expect(groupsOf(['key|n', 'k|abc', 'k| ', 'k|', 'k|1e999'], ['count of n'])).toEqual([['k', 3]]);
  });

  test.each([
    [['1', '1e100', '1', '-1e100'], 2],
    [['1e100', '1', '-1e100', '1'], 2],
    [Array<string>(10).fill('0.1'), 1],
    [['9007199254740992', '1', '1', '1', '1'], 9007199254740996],
  ])('of %j have the exact sum %d, which plain addition does not give', (fields, sum) => {
    expect(fields.reduce((before, field) => before + Number(field), 0)).not.toBe(sum);
    const lines = ['key|n', ...fields.map((field) => `k|${field}`)];
    expect(groupsOf(lines, ['sum of n', 'mean of n'])).toEqual([['k', sum, sum / fields.length]]);
  });

  test.each(['sum', 'mean'] as const)(
    'are rejected if the %s needs a sum that is too large for a double',
    (op) => {
      expect(errorOf(['key|n', 'k|1e308', 'l|1e308', 'k|1e308'], [`${op} of n`])).toBe(
        'FieldError: row 3, column "n": the sum up to here is too large a number',
      );
    },
  );
});

describe('the groups', () => {
  it('are sorted by code units', () => {
    const keys = ['b', 'é', 'a', 'B', '10', '9', '', '\uff5e', '😀'];
    const groups = groupsOf(['key|price', ...keys.map((key) => `${key}|1`)]);
    expect(groups.map(([key]) => key)).toEqual(['', '10', '9', 'B', 'a', 'b', 'é', '😀', '\uff5e']);
  });

  it('may have the names of properties that every object has', () => {
    const lines = ['toString|1', '__proto__|2', 'constructor|4', '__proto__|8'];
    expect(groupsOf(['key|price', ...lines], ['sum of price'])).toEqual([
      ['__proto__', 10],
      ['constructor', 4],
      ['toString', 1],
    ]);
  });
});

describe('the number of groups', () => {
  const lines = Array.from({ length: 33_334 }, (_, at) => `${at}|1`);

  it('may be 100,000, divided by the metrics', () => {
    expect(groupsOf(['key|n', ...lines], ['sum of n', 'min of n'])).toHaveLength(33_334);
  });

  it('is too large with one more', () => {
    expect(errorOf(['key|n', ...lines], ['sum of n', 'min of n', 'max of n'])).toBe(
      'TooManyGroupsError: there are more than 33333 groups: groups times metrics may be 100000',
    );
  });
});

describe('a requested column', () => {
  it('must exist if the records are grouped by it', () => {
    expect(errorOf(['id|price'])).toBe('ColumnError: there is no column "key", only "id", "price"');
  });

  it('must exist with exactly its name if a metric is of it', () => {
    expect(errorOf(['key|Price| price'])).toBe(
      'ColumnError: there is no column "price", only "key", "Price", " price"',
    );
  });

  it('that does not exist leads to a short error message, even if there are many columns with long names', () => {
    const message = errorOf([Array.from({ length: 30 }, (_, at) => `${at}`.padEnd(200, '-')).join('|')]);
    expect(message).toContain(`only "0${'-'.repeat(59)}…", "1`);
    expect(message).toMatch(/…" and 10 more$/);
    expect(message.length).toBeLessThan(1500);
  });

  it('may not exist twice', () => {
    const problem = 'is ambiguous: the header has it more than once';
    expect(errorOf(['key|price|price'])).toBe(`ColumnError: column "price" ${problem}`);
    expect(errorOf(['key|price|key'])).toBe(`ColumnError: column "key" ${problem}`);
  });

  it('may stand beside another column that exists twice', () => {
    expect(groupsOf(['x|key|x|price', '1|k|2|3'], ['sum of price'])).toEqual([['k', 3]]);
  });
});
