import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Aggregate, emptyAggregate } from '../../../../job-types/csv-aggregate/aggregate.ts';
import type { csvAggregate as contract } from '../../../../job-types/csv-aggregate/contract.ts';
import { sourceOf } from '../../../../job-types/csv-aggregate/csv-records.ts';
import { continueAggregate } from '../../../../job-types/csv-aggregate/handler.ts';
import type { PayloadOf, ResultOf } from '../../../../shared/job/handler.ts';
import { anyText } from '../../../any-text.ts';
import { aJobContext } from '../../../set-ups/job-context.ts';

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
const metrics: PayloadOf<typeof contract>['metrics'] = [
  ...ops.map((op) => ({ column: 'amount', op })),
  { column: 'note', op: 'count' },
];

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

const payloadOf = (lines: readonly string[]) => ({
  source: sourceOf(lines.join('')),
  groupBy: 'key',
  metrics,
  checkpointMs: 0,
});

it('the CSV aggregation gives the same result as a plain aggregation, in whatever style the CSV is written', async () => {
  await fc.assert(
    fc.asyncProperty(rows, style, async (table, tableStyle) => {
      const result = await continueAggregate(emptyAggregate(), payloadOf(toLines(table, tableStyle)), job);
      expect(result).toEqual(expectedOf(table));
    }),
    { numRuns: 200 },
  );
});

it('the CSV aggregation gives the same result if it stops after any record and goes on from its state, stored as JSON', async () => {
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

it('the CSV aggregation gives exactly the same sums of arbitrary numbers, whether it was stopped or not', async () => {
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
