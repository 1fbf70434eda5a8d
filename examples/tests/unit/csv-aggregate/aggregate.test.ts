import { describe, expect, it, test } from '@jest/globals';
import { CsvError } from 'csv-parse';
import fc from 'fast-check';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { anyText } from '../../../../tests/any-text.ts';
import { addRecord, emptyAggregate, planFor, toResult } from '../../../csv-aggregate/aggregate.ts';
import {
  type CsvRecord,
  type ReadingStart,
  readRecords,
  sourceOf,
} from '../../../csv-aggregate/csv-records.ts';

/** The sum, the mean, the minimum and the maximum of the fields. */
function figuresOf(...fields: string[]) {
  const aggregate = { ...emptyAggregate(), header: ['key', 'price'] };
  const metrics = (['sum', 'mean', 'min', 'max'] as const).map((op) => ({ column: 'price', op }));
  const plan = planFor(aggregate, { groupBy: 'key', metrics });
  for (const [at, field] of fields.entries())
    addRecord(aggregate, plan, { row: at + 1, fields: ['k', field], end: 0 });
  return toResult(aggregate, plan).groups[0]?.values;
}

describe('a number in a field', () => {
  function errorOf(...fields: string[]): string {
    try {
      figuresOf(...fields);
    } catch (thrown) {
      if (thrown instanceof PermanentError) return `${thrown.name}: ${thrown.message}`;
    }
    throw new Error('no PermanentError was thrown');
  }

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

describe('aggregate', () => {
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
});

const start = { position: 0, row: 0 };
const { signal } = new AbortController();

async function read(csv: string, from: ReadingStart = start, chunkBytes = 1024): Promise<CsvRecord[]> {
  const all: CsvRecord[] = [];
  for await (const records of readRecords(sourceOf(csv, chunkBytes), from, { signal })) all.push(...records);
  return all;
}

/** The numbers of the rows that were read before an error, and the error. */
async function readUntilFailure(csv: string, chunkBytes?: number) {
  const rows: number[] = [];
  try {
    for await (const records of readRecords(sourceOf(csv, chunkBytes), start, { signal }))
      rows.push(...records.map(({ row }) => row));
  } catch (error) {
    return { rows, error };
  }
  throw new Error('no error was thrown');
}

describe('a record', () => {
  test.each([
    ['has no quotes', 'a,b\n1,2', ['a|b', '1|2']],
    [
      'has commas, quotes and line breaks in quotes',
      'a,b\n"1,2","x\r\n""y""\n"\n',
      ['a|b', '1,2|x\r\n"y"\n'],
    ],
    ['has spaces, and keeps them', 'a, b \n 1,2\n', ['a| b ', ' 1|2']],
    ['follows a byte order mark', '\ufeff"a",b\n1,2\n', ['a|b', '1|2']],
    ['contains a byte order mark, and keeps it', 'a\n\ufeff1\n', ['a', '\ufeff1']],
    ['ends with CRLF, LF or CR, all in one text', 'a\r\n1\n2\r3\r\n', ['a', '1', '2', '3']],
    ['is empty, in a table of one column', 'a\n\n""\n1\n', ['a', '', '', '1']],
  ])('is read if it %s', async (_, csv, expected) => {
    expect((await read(csv)).map(({ fields }) => fields.join('|'))).toEqual(expected);
  });

  it('has a row number, 0 for the header, and the position of the next record in bytes of UTF-8', async () => {
    const csv = '\ufeffé,b\r\n"😀\n",2\r\n€,3';
    expect((await read(csv)).map(({ row, end }) => [row, end])).toEqual([
      [0, 3 + 2 + 2 + 2],
      [1, 9 + 7 + 2 + 2],
      [2, 20 + 3 + 2],
    ]);
    expect(Buffer.byteLength(csv)).toBe(25);
  });

  it('is the first one that is read if reading starts at its position', async () => {
    expect(await read('\ufeffé,b\r\n"😀\n",2\r\n€,3', { position: 20, row: 2 })).toEqual([
      { row: 2, fields: ['€', '3'], end: 25 },
    ]);
  });

  it('keeps a byte order mark at its start, unless it is at the start of the text', async () => {
    expect(await read('a\n\ufeff1\n', { position: 2, row: 1 })).toEqual([
      { row: 1, fields: ['\ufeff1'], end: 7 },
    ]);
  });

  it('is not returned at the end of the text or from an empty text', async () => {
    expect(await read('a\n1\n', { position: 4, row: 2 })).toEqual([]);
    expect(await read('')).toEqual([]);
  });
});

describe('readRecords', () => {
  const field = fc.oneof(
    fc.constantFrom('', 'x', '"', '\n', '\r\n', ',', '\ufeff', '😀"', 'é', '""'),
    anyText({ maxLength: 5 }),
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    );
  const toCsv = (rows: string[][], lineEnd: string) =>
    rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',') + lineEnd).join('');

  it('returns the same records for every chunk size, and from the position of every record', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 9 }),
        async (rows, lineEnd, size) => {
          const csv = toCsv(rows, lineEnd);
          const records = await read(csv, start, size);
          expect(records.map(({ fields }) => fields)).toEqual(rows);
          for (const { row, end } of records)
            expect(await read(csv, { position: end, row: row + 1 }, size)).toEqual(records.slice(row + 1));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('readRecords, at a malformed record,', () => {
  test.each([
    ['1,2\n3,"4\n5,6\n', 'row 2: a quote is not closed'],
    ['1,2\n3,"4"x\n5,6\n', 'row 2: a closing quote is followed by neither a comma nor the end of the line'],
    ['1,2\n3,x"4"\n5,6\n', 'row 2: a quote stands inside a field that does not begin with one'],
    ['"1\n",2\n3\n5,6\n', 'row 2: 1 instead of 2 fields'],
    ['1,2\n3,4,\n5,6\n', 'row 2: 3 instead of 2 fields'],
    ['1,2\n\n5,6\n', 'row 2: 1 instead of 2 fields'],
  ])(
    'throws a PermanentError, but only after the records before it were returned: %j',
    async (lines, message) => {
      for (const chunkBytes of [1, 7, 1024]) {
        const { rows, error } = await readUntilFailure(`a,b\n${lines}`, chunkBytes);
        expect(rows).toEqual([0, 1]);
        expect(error).toBeInstanceOf(PermanentError);
        expect(error).toMatchObject({ name: 'MalformedCsvError', message });
      }
    },
  );

  it('does not take all that follows for one record if a quote is not closed', async () => {
    const { rows, error } = await readUntilFailure(`a,b\n1,2\n3,"4\n${'5,6\n'.repeat(400_000)}`, 64 * 1024);
    expect(rows).toEqual([0, 1]);
    expect(error).toMatchObject({
      name: 'MalformedCsvError',
      message: 'row 2: it has more than 1048576 characters: is a quote not closed?',
    });
  });

  it('names the header in the error if the header is malformed', async () => {
    const { rows, error } = await readUntilFailure('a,"b');
    expect(rows).toEqual([]);
    expect(error).toMatchObject({ message: 'the header: a quote is not closed' });
  });

  it('throws an error that has the error of the parser as its cause', async () => {
    const { error } = await readUntilFailure('a\n"');
    expect(error).toMatchObject({ name: 'MalformedCsvError', cause: expect.any(CsvError) });
  });

  it('throws for another number of fields than in the header, even if reading starts at that record', async () => {
    const reading = read('a,b\n1,2\n3\n', { position: 8, row: 2, width: 2 });
    await expect(reading).rejects.toThrow('row 2: 1 instead of 2 fields');
  });
});
