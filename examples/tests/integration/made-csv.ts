import { open } from 'node:fs/promises';

/** As many that neither a saved state nor the result has room in the job's item. */
const customers = 3_000;
const rowsAtOnce = 5_000;

export interface MadeCsv {
  readonly bytes: number;
  /** What `aggregation` of it must come to. */
  readonly expected: {
    readonly rows: number;
    readonly groups: readonly { readonly key: string; readonly values: readonly number[] }[];
  };
}

export const aggregation = {
  groupBy: 'customer',
  metrics: [
    { column: 'amount', op: 'sum' },
    { column: 'amount', op: 'mean' },
    { column: 'amount', op: 'max' },
    { column: 'note', op: 'count' },
  ],
};

interface Figures {
  rows: number;
  sum: number;
  max: number;
  notes: number;
}

const notes = ['', 'plain', '"a, comma"', '"two\r\nlines"', '"""quoted"" €"', 'é😀'];

/** Writes a CSV of at least so many bytes, and computes beside it what an aggregation must come to. */
export async function makeCsv(path: string, minBytes: number): Promise<MadeCsv> {
  const all = new Map<string, Figures>();
  const file = await open(path, 'w');
  try {
    let rows = 0;
    let { bytesWritten: bytes } = await file.write('id,customer,amount,note\r\n');
    while (bytes < minBytes) {
      let text = '';
      for (const end = rows + rowsAtOnce; rows < end; rows += 1) text += rowOf(rows, all);
      bytes += (await file.write(text)).bytesWritten;
    }
    const groups = [...all]
      .map(([key, { rows: count, sum, max, notes: noted }]) => ({
        key,
        values: [sum, sum / count, max, noted],
      }))
      .sort(({ key: one }, { key: other }) => (one < other ? -1 : 1));
    return { bytes, expected: { rows, groups } };
  } finally {
    await file.close();
  }
}

/** A row as text; its figures are added to those of its group. */
function rowOf(row: number, all: Map<string, Figures>): string {
  const customer = `customer ${(row * 7_919) % customers}`;
  // In quarters, so that every sum is exact.
  const amount = ((row * 31) % 40_001) / 4 - 500;
  const note = notes[row % notes.length] ?? '';
  const figures = all.get(customer) ?? { rows: 0, sum: 0, max: amount, notes: 0 };
  figures.rows += 1;
  figures.sum += amount;
  figures.max = Math.max(figures.max, amount);
  figures.notes += note === '' ? 0 : 1;
  all.set(customer, figures);
  return `${row},"${customer}",${amount},${note}${row % 2 === 0 ? '\r\n' : '\n'}`;
}
