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

/** The groups of lines whose fields stand between bars, the first line being the header. */
function groupsOf([header = '', ...lines]: string[], metrics = allOf('price'), groupBy = 'key') {
  const aggregate = { ...emptyAggregate(), header: header.split('|') };
  const wanted = metrics.map((metric) => {
    const op = ops.find((known) => metric.startsWith(known)) ?? 'count';
    return { op, column: metric.slice(`${op} of `.length) };
  });
  const plan = planFor(aggregate, { groupBy, metrics: wanted });
  for (const [at, line] of lines.entries())
    addRecord(aggregate, plan, { row: at + 1, fields: line.split('|'), end: 0 });
  const { rows, groups } = toResult(aggregate, plan);
  expect(rows).toBe(lines.length);
  return groups.map(({ key, values }) => [key, ...values]);
}

function refusal(...args: Parameters<typeof groupsOf>): string {
  try {
    groupsOf(...args);
  } catch (thrown) {
    if (thrown instanceof PermanentError) return `${thrown.name}: ${thrown.message}`;
  }
  throw new Error('not refused');
}

describe('the figures', () => {
  it('are counted, summed, averaged and bounded per group, missing fields left out', () => {
    const lines = ['north|1.5', 'south|2', 'north|2.5', 'south|', 'north|', 'north|-10'];
    expect(groupsOf(['key|price', ...lines])).toEqual([
      ['north', 3, -6, -2, -10, 2.5],
      ['south', 1, 2, 2, 2, 2],
    ]);
  });

  it('come in the order of the metrics, the same one twice if asked for twice', () => {
    const metrics: Metric[] = ['max of b', 'sum of a', 'max of b'];
    expect(groupsOf(['a|key|b', '1|k|30', '2|k|40'], metrics)).toEqual([['k', 40, 3, 40]]);
  });

  it('may be about the very column that is grouped by', () => {
    expect(groupsOf(['n', '2', '10', '2'], ['sum of n'], 'n')).toEqual([
      ['10', 10],
      ['2', 4],
    ]);
  });

  it('of a group without a number are 0 for count and sum, null for the others', () => {
    expect(groupsOf(['key|price', 'k|', 'k|'])).toEqual([['k', 0, 0, null, null, null]]);
  });

  it('count whatever is not empty', () => {
    expect(groupsOf(['key|n', 'k|abc', 'k| ', 'k|', 'k|1e999'], ['count of n'])).toEqual([['k', 3]]);
  });

  test.each([
    [['1', '1e100', '1', '-1e100'], 2],
    [['1e100', '1', '-1e100', '1'], 2],
    [Array<string>(10).fill('0.1'), 1],
    [['9007199254740992', '1', '1', '1', '1'], 9007199254740996],
  ])('of %j sum up to %d, which plain addition misses', (fields, sum) => {
    expect(fields.reduce((before, field) => before + Number(field), 0)).not.toBe(sum);
    const lines = ['key|n', ...fields.map((field) => `k|${field}`)];
    expect(groupsOf(lines, ['sum of n', 'mean of n'])).toEqual([['k', sum, sum / fields.length]]);
  });

  test.each(['sum', 'mean'] as const)('may not take the %s beyond what a double can hold', (op) => {
    expect(refusal(['key|n', 'k|1e308', 'l|1e308', 'k|1e308'], [`${op} of n`])).toBe(
      'FieldError: row 3, column "n": the sum up to here is too large a number',
    );
  });
});

describe('the groups', () => {
  it('are sorted by code unit', () => {
    const keys = ['b', 'é', 'a', 'B', '10', '9', '', '\uff5e', '😀'];
    const groups = groupsOf(['key|price', ...keys.map((key) => `${key}|1`)]);
    expect(groups.map(([key]) => key)).toEqual(['', '10', '9', 'B', 'a', 'b', 'é', '😀', '\uff5e']);
  });

  it('may be called what objects have by themselves', () => {
    const lines = ['toString|1', '__proto__|2', 'constructor|4', '__proto__|8'];
    expect(groupsOf(['key|price', ...lines], ['sum of price'])).toEqual([
      ['__proto__', 10],
      ['constructor', 4],
      ['toString', 1],
    ]);
  });
});

describe('a column', () => {
  it('has to be there to group by', () => {
    expect(refusal(['id|price'])).toBe('ColumnError: there is no column "key", only "id", "price"');
  });

  it('has to be there, under its very name, to compute with', () => {
    expect(refusal(['key|Price| price'])).toBe(
      'ColumnError: there is no column "price", only "key", "Price", " price"',
    );
  });

  it('is missed in bounded length, however many and long the others are', () => {
    const told = refusal([Array.from({ length: 30 }, (_, at) => `${at}`.padEnd(200, '-')).join('|')]);
    expect(told).toContain(`only "0${'-'.repeat(59)}…", "1`);
    expect(told).toMatch(/…" and 10 more$/);
    expect(told.length).toBeLessThan(1500);
  });

  it('may not be there twice if it is asked for', () => {
    const told = 'is ambiguous: the header has it more than once';
    expect(refusal(['key|price|price'])).toBe(`ColumnError: column "price" ${told}`);
    expect(refusal(['key|price|key'])).toBe(`ColumnError: column "key" ${told}`);
  });

  it('may be there twice if it is not', () => {
    expect(groupsOf(['x|key|x|price', '1|k|2|3'], ['sum of price'])).toEqual([['k', 3]]);
  });
});
