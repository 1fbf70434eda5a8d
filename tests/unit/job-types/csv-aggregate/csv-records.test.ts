import { describe, expect, it, test } from '@jest/globals';
import { CsvError } from 'csv-parse';
import fc from 'fast-check';
import {
  type CsvRecord,
  type ReadingStart,
  readRecords,
  sourceOf,
} from '../../../../job-types/csv-aggregate/csv-records.ts';
import { PermanentError } from '../../../../shared/job/errors.ts';
import { anyText } from '../../../any-text.ts';

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
