import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PayloadOf, ResultOf } from '../../../../shared/author/handler.ts';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { anyText } from '../../../../tests/any-text.ts';
import { aJobContext } from '../../../../tests/set-ups/job-context.ts';
import { type Aggregate, emptyAggregate } from '../../../csv-aggregate/aggregate.ts';
import type { csvAggregate as contract } from '../../../csv-aggregate/contract.ts';
import { sourceOf } from '../../../csv-aggregate/csv-records.ts';
import { continueAggregate, csvAggregate } from '../../../csv-aggregate/handler.ts';
import { weatherFile } from '../../../demo/demo-jobs.ts';

const doNothing = () => undefined;

/** A context that records the reported progress, and calls `onProgress` for each report. */
function recordingJob({ signal = new AbortController().signal, onProgress = doNothing as () => void } = {}) {
  const reports: [percent: number, message?: string][] = [];
  const job = aJobContext<Aggregate>({
    signal,
    progress(percent, message) {
      reports.push([percent, message]);
      onProgress();
    },
  });
  return { job, reports };
}

const sumOf = (csv: string): PayloadOf<typeof contract> => ({
  csv,
  groupBy: 'key',
  metrics: [{ column: 'n', op: 'sum' }],
});

/** A header of 6 bytes and records of 5. */
const tableOf = (rows: number) => `key,n\n${'é,1\n'.repeat(rows)}`;

async function errorOf(payload: PayloadOf<typeof contract>): Promise<PermanentError> {
  const ended: unknown = await Promise.resolve(csvAggregate(payload, recordingJob().job)).catch(
    (error) => error,
  );
  if (ended instanceof PermanentError) return ended;
  throw new Error('no PermanentError was thrown', { cause: ended });
}

describe('the result of a CSV aggregation', () => {
  it('has the groups of a CSV text that uses everything in RFC 4180', async () => {
    const csv = '\ufeffkey,"n",note\r\n"a ""b"", c",1.5,"two\r\nlines"\r\nd,,\r\n"a ""b"", c"," 2 ",x';
    expect(await csvAggregate(sumOf(csv), recordingJob().job)).toEqual({
      rows: 3,
      groups: [
        { key: 'a "b", c', values: [3.5] },
        { key: 'd', values: [0] },
      ],
    });
  });

  it('has no groups if the CSV text is only a header', async () => {
    expect(await csvAggregate(sumOf('key,n'), recordingJob().job)).toEqual({ rows: 0, groups: [] });
  });
});

describe('a CSV aggregation fails with a PermanentError', () => {
  it.each(['\ufeff', '\n', '""', ',,\r\n1,2,3'])('if the CSV text has no column names: %j', async (csv) => {
    expect(await errorOf(sumOf(csv))).toMatchObject({ name: 'EmptyCsvError' });
  });

  it('if a column is missing, even if there are no records', async () => {
    const { message } = await errorOf(sumOf('key,m'));
    expect(message).toBe('there is no column "n", only "key", "m"');
  });

  it('about the first of two errors, whether it is in the CSV format or in a field', async () => {
    expect((await errorOf(sumOf('key,n\nk,1\nk,x\nk\n'))).message).toBe(
      'row 2, column "n": "x" is not a number',
    );
    expect((await errorOf(sumOf('key,n\nk,1\nk\nk,x\n'))).message).toBe('row 2: 1 instead of 2 fields');
  });

  it('that counts records, not lines, in its row number', async () => {
    const { message } = await errorOf(sumOf('"key",n\r\n"a\nb",1\r\n"c\n\nd",x\r\n'));
    expect(message).toBe('row 2, column "n": "x" is not a number');
  });
});

describe('a CSV aggregation', () => {
  it('reports every 1,000 rows which part of the text is done, and 100 percent at the end', async () => {
    const { job, reports } = recordingJob();
    await csvAggregate(sumOf(tableOf(2500)), job);
    expect(reports).toEqual([
      [expect.closeTo((5006 / 12_506) * 100, 9), '1000 rows'],
      [expect.closeTo((10_006 / 12_506) * 100, 9), '2000 rows'],
      [100, '2500 rows'],
    ]);
  });

  it('lets other code run before every 16 KiB', async () => {
    let turns = 0;
    let running = true;
    const takeTurn = () => {
      turns += 1;
      if (running) setImmediate(takeTurn);
    };
    takeTurn();
    await csvAggregate(sumOf(tableOf(10 * 3_277)), recordingJob().job);
    running = false;
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it('stops at the end of its chunk if it is aborted, and throws the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('canceled');
    const { job, reports } = recordingJob({
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(csvAggregate(sumOf(tableOf(100_000)), job)).rejects.toBe(reason);
    expect(reports.at(-1)?.[1]).toBe('3000 rows');
  });

  it('does not start if it is aborted already, and throws the reason', async () => {
    const reason = new Error('canceled');
    const { job, reports } = recordingJob({ signal: AbortSignal.abort(reason) });
    await expect(csvAggregate(sumOf(tableOf(1)), job)).rejects.toBe(reason);
    expect(reports).toEqual([]);
  });
});

const job = aJobContext<Aggregate>();

interface Row {
  readonly key: string;
  /** In quarters, so that their sums are exact in every order. */
  readonly quarters: number | null;
  readonly note: string;
}

const text = fc.oneof(
  fc.constantFrom(
    '',
    '__proto__',
    'a',
    'A',
    '10',
    '9',
    ' a',
    'x"y',
    '"',
    'x,y',
    'two\r\nlines',
    '\n',
    'é',
    '😀',
  ),
  anyText({ maxLength: 6 }),
);
const rows = fc.array(
  fc.record<Row>({
    key: text,
    quarters: fc.option(fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
    note: text,
  }),
  { maxLength: 30 },
);
const style = fc.record({
  bom: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  quoteAll: fc.boolean(),
  endLast: fc.boolean(),
  write: fc.constantFrom(
    (value: number) => `${value}`,
    (value: number) => value.toExponential(),
    (value: number) => ` ${value} `,
  ),
});
type Style = typeof style extends fc.Arbitrary<infer Value> ? Value : never;

const ops = ['count', 'sum', 'mean', 'min', 'max'] as const;

/** The lines of the table, each with its line end. Together they are the CSV text. */
function toLines(table: readonly Row[], { bom, lineEnd, quoteAll, endLast, write }: Style): string[] {
  const field = (value: string) =>
    quoteAll || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const amount = (quarters: number | null) => (quarters === null ? '' : write(quarters / 4));
  const records = [
    ['note', 'key', 'amount'],
    ...table.map(({ note, key, quarters }) => [note, key, amount(quarters)]),
  ];
  return records.map((record, at) => {
    const ended = endLast || at < records.length - 1;
    return (bom && at === 0 ? '\ufeff' : '') + record.map(field).join(',') + (ended ? lineEnd : '');
  });
}

function expectedOf(table: readonly Row[]): ResultOf<typeof contract> {
  const groups = [...new Set(table.map(({ key }) => key))].sort().map((key) => {
    const group = table.filter((row) => row.key === key);
    const amounts = group.flatMap(({ quarters }) => (quarters === null ? [] : [quarters / 4]));
    const sum = amounts.reduce((before, amount) => before + amount, 0);
    const notes = group.filter(({ note }) => note !== '').length;
    const bounds =
      amounts.length === 0
        ? [null, null, null]
        : [sum / amounts.length, Math.min(...amounts), Math.max(...amounts)];
    return { key, values: [amounts.length, sum, ...bounds, notes] };
  });
  return { rows: table.length, groups };
}

describe('a CSV aggregation of made-up tables', () => {
  const metrics: PayloadOf<typeof contract>['metrics'] = [
    ...ops.map((op) => ({ column: 'amount', op })),
    { column: 'note', op: 'count' },
  ];

  const payloadOf = (lines: readonly string[]) => ({
    source: sourceOf(lines.join('')),
    groupBy: 'key',
    metrics,
    checkpointMs: 0,
  });

  it('gives the same result as a plain aggregation, in whatever style the CSV is written', async () => {
    await fc.assert(
      fc.asyncProperty(rows, style, async (table, tableStyle) => {
        const result = await continueAggregate(emptyAggregate(), payloadOf(toLines(table, tableStyle)), job);
        expect(result).toEqual(expectedOf(table));
      }),
      { numRuns: 200 },
    );
  });

  it('gives the same result if it stops after any record and goes on from its state, stored as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(rows, style, fc.nat(), async (table, tableStyle, cut) => {
        const lines = toLines(table, tableStyle);
        const stopped = emptyAggregate();
        await continueAggregate(stopped, payloadOf(lines.slice(0, 1 + (cut % lines.length))), job);

        const stored: Aggregate = JSON.parse(JSON.stringify(stopped));
        expect(stored).toEqual(stopped);
        expect(await continueAggregate(stored, payloadOf(lines), job)).toEqual(expectedOf(table));
      }),
      { numRuns: 200 },
    );
  });

  it('gives exactly the same sums of arbitrary numbers, whether it was stopped or not', async () => {
    const doubles = fc.array(fc.double({ noNaN: true, min: -1e200, max: 1e200 }), {
      minLength: 2,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(doubles, fc.nat(), async (numbers, cut) => {
        const lines = ['note,key,amount\n', ...numbers.map((number) => `,k,${number}\n`)];
        const stopped = emptyAggregate();
        await continueAggregate(stopped, payloadOf(lines.slice(0, 1 + (cut % lines.length))), job);
        const stored: Aggregate = JSON.parse(JSON.stringify(stopped));
        expect(stored).toEqual(stopped);
        expect(await continueAggregate(stored, payloadOf(lines), job)).toEqual(
          await continueAggregate(emptyAggregate(), payloadOf(lines), job),
        );
      }),
    );
  });
});

describe('a CSV aggregation of four years of weather in Seattle', () => {
  const metrics: PayloadOf<typeof contract>['metrics'] = [
    { column: 'date', op: 'count' },
    { column: 'precipitation', op: 'sum' },
    { column: 'temp_max', op: 'mean' },
    { column: 'temp_min', op: 'min' },
    { column: 'wind', op: 'max' },
  ];

  it('gives the same values as integer arithmetic in tenths', async () => {
    const csv = readFileSync(weatherFile, 'utf8');
    const days = csv
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const expected = ['drizzle', 'fog', 'rain', 'snow', 'sun'].map((key) => {
      const group = days.filter((day) => day[5] === key);
      const tenths = (at: number) => group.map((day) => Math.round(Number(day[at]) * 10));
      const sum = (at: number) => tenths(at).reduce((before, value) => before + value, 0);
      const [precipitation, maxTemperatures] = [sum(1) / 10, sum(2) / 10];
      const values = [
        group.length,
        precipitation,
        maxTemperatures / group.length,
        Math.min(...tenths(3)) / 10,
        Math.max(...tenths(4)) / 10,
      ];
      return { key, values };
    });

    const payload = { source: sourceOf(csv), groupBy: 'weather', metrics, checkpointMs: 0 };
    const result = await continueAggregate(emptyAggregate(), payload, aJobContext());
    expect(result).toEqual({ rows: 1461, groups: expected });
  });
});
