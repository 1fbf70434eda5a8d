import { describe, expect, it, test } from '@jest/globals';
import { CsvError } from 'csv-parse';
import fc from 'fast-check';
import {
  type CsvRecord,
  type ReadingStart,
  readRecords,
} from '../../../../job-types/csv-aggregate/csv-records.ts';
import { PermanentError } from '../../../../shared/job/errors.ts';

const start = { position: 0, row: 0 };
const { signal } = new AbortController();

async function read(csv: string, from: ReadingStart = start, chunkBytes = 1024): Promise<CsvRecord[]> {
  const read: CsvRecord[] = [];
  for await (const records of readRecords(Buffer.from(csv), from, { signal, chunkBytes }))
    read.push(...records);
  return read;
}

/** The rows that were read before it failed, and what it failed with. */
async function readUntilFailure(csv: string, chunkBytes?: number) {
  const rows: number[] = [];
  try {
    for await (const records of readRecords(Buffer.from(csv), start, { signal, chunkBytes }))
      rows.push(...records.map(({ row }) => row));
  } catch (error) {
    return { rows, error };
  }
  throw new Error('it did not fail');
}

describe('a record', () => {
  test.each([
    ['unquoted', 'a,b\n1,2', ['a|b', '1|2']],
    ['quoted, with commas, quotes and line breaks', 'a,b\n"1,2","x\r\n""y""\n"\n', ['a|b', '1,2|x\r\n"y"\n']],
    ['with blanks, which are kept', 'a, b \n 1,2\n', ['a| b ', ' 1|2']],
    ['behind a byte order mark', '\ufeff"a",b\n1,2\n', ['a|b', '1|2']],
    ['with a byte order mark inside, which is kept', 'a\n\ufeff1\n', ['a', '\ufeff1']],
    ['ended by CRLF, LF and CR, all in one text', 'a\r\n1\n2\r3\r\n', ['a', '1', '2', '3']],
    ['empty, in a table of one column', 'a\n\n""\n1\n', ['a', '', '', '1']],
  ])('is read %s', async (_, csv, expected) => {
    expect((await read(csv)).map(({ fields }) => fields.join('|'))).toEqual(expected);
  });

  it('is numbered from 0, the header, and tells in bytes of UTF-8 where the next one begins', async () => {
    const csv = '\ufeffé,b\r\n"😀\n",2\r\n€,3';
    expect((await read(csv)).map(({ row, end }) => [row, end])).toEqual([
      [0, 3 + 2 + 2 + 2],
      [1, 9 + 7 + 2 + 2],
      [2, 20 + 3 + 2],
    ]);
    expect(Buffer.byteLength(csv)).toBe(25);
  });

  it('is the first that is read, if its position is where the reading begins', async () => {
    expect(await read('\ufeffé,b\r\n"😀\n",2\r\n€,3', { position: 20, row: 2 })).toEqual([
      { row: 2, fields: ['€', '3'], end: 25 },
    ]);
  });

  it('keeps a byte order mark that the reading begins with, unless it is the start of the text', async () => {
    expect(await read('a\n\ufeff1\n', { position: 2, row: 1 })).toEqual([
      { row: 1, fields: ['\ufeff1'], end: 7 },
    ]);
  });

  it('is there no more at the end of the text, nor in an empty one', async () => {
    expect(await read('a\n1\n', { position: 4, row: 2 })).toEqual([]);
    expect(await read('')).toEqual([]);
  });
});

describe('a text', () => {
  const field = fc.oneof(
    fc.constantFrom('', 'x', '"', '\n', '\r\n', ',', '\ufeff', '😀"', 'é', '""'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  );
  const table = fc
    .integer({ min: 1, max: 4 })
    .chain((width) =>
      fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }),
    );
  const toCsv = (rows: string[][], lineEnd: string) =>
    rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(',') + lineEnd).join('');

  it('gives the same records however it is cut in chunks, and from any of them on', async () => {
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

describe('a malformed record', () => {
  test.each([
    ['1,2\n3,"4\n5,6\n', 'row 2: a quote is not closed'],
    ['1,2\n3,"4"x\n5,6\n', 'row 2: a closing quote is followed by neither a comma nor the end of the line'],
    ['1,2\n3,x"4"\n5,6\n', 'row 2: a quote stands inside a field that does not begin with one'],
    ['"1\n",2\n3\n5,6\n', 'row 2: 1 instead of 2 fields'],
    ['1,2\n3,4,\n5,6\n', 'row 2: 3 instead of 2 fields'],
    ['1,2\n\n5,6\n', 'row 2: 1 instead of 2 fields'],
  ])('fails the job for good, and only after the records before it: %j', async (lines, message) => {
    for (const chunkBytes of [1, 7, 1024]) {
      const { rows, error } = await readUntilFailure(`a,b\n${lines}`, chunkBytes);
      expect(rows).toEqual([0, 1]);
      expect(error).toBeInstanceOf(PermanentError);
      expect(error).toMatchObject({ name: 'MalformedCsvError', message });
    }
  });

  it('may be the header', async () => {
    const { rows, error } = await readUntilFailure('a,"b');
    expect(rows).toEqual([]);
    expect(error).toMatchObject({ message: 'the header: a quote is not closed' });
  });

  it('is told with the parser error that caused it', async () => {
    const { error } = await readUntilFailure('a\n"');
    expect(error).toMatchObject({ name: 'MalformedCsvError', cause: expect.any(CsvError) });
  });

  it('has another number of fields than the header, also if the reading begins with it', async () => {
    const reading = read('a,b\n1,2\n3\n', { position: 8, row: 2, width: 2 });
    await expect(reading).rejects.toThrow('row 2: 1 instead of 2 fields');
  });
});
