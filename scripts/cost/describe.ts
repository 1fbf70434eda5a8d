import type { Line, Load, Part } from './bill.ts';
import { sumOf } from './bill.ts';
import type { JobHour } from './job-hour.ts';
import type { Way } from './other-ways.ts';
import { type PriceName, priceOf, type Region } from './price-list.ts';

export const dollars = (usd: number): string =>
  `$${usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
/** Of small amounts. */
export const cents = (usd: number): string => `$${usd.toFixed(4)}`;

export const parts: Readonly<Record<Part, string>> = {
  submission: 'submissions',
  work: 'work',
  polls: 'polls',
  month: 'the stage for a month',
};

const amountOf = (amount: number): string =>
  amount.toLocaleString('en', { maximumFractionDigits: amount < 100 ? 3 : 0 });

/** Pads the columns of a table: the first to the left, the others to the right, the last one not at all. */
export function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, column) => {
        if (column === 0) return cell.padEnd(widths[0] ?? 0);
        return column === 3 ? cell : cell.padStart(widths[column] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** The bill line by line, with the sum of each part. */
export function describeBill(lines: readonly Line[]): readonly string[] {
  const partsWithLines = (Object.keys(parts) as Part[]).filter((part) =>
    lines.some((line) => line.part === part),
  );
  const rows = partsWithLines.flatMap((part) => [
    ...lines
      .filter((line) => line.part === part)
      .map(({ what, amount, usd }) => [`  ${what.replaceAll('`', '')}`, amountOf(amount), dollars(usd)]),
    [parts[part], '', dollars(sumOf(lines, part))],
  ]);
  return aligned([...rows, ['in all', '', dollars(sumOf(lines))]]);
}

/** The ways side by side: without polls, and with them if there are any. */
export function describeWays(ways: readonly Way[], { polls }: Load): readonly string[] {
  const asked = (text: string): string => (polls === 0 ? '' : text);
  const rows = ways.map(({ name, lines, note }) => [
    name,
    dollars(sumOf(lines, 'submission', 'work')),
    asked(dollars(sumOf(lines))),
    note,
  ]);
  return aligned([['', 'unasked', asked(polls === 1 ? 'asked once' : `asked ${polls} times`), ''], ...rows]);
}

export const describeHours = (hours: readonly JobHour[], count: number): readonly string[] =>
  aligned(
    hours.map(({ name, usd, note }) => [
      name.replaceAll('`', ''),
      `${cents(usd)} an hour`,
      count === 1 ? '' : `${dollars(usd * count)} for ${count.toLocaleString('en')}`,
      note,
    ]),
  );

/** What could not be compared with anything that was published, of these prices. */
export function unverified(names: Iterable<PriceName>, region: Region): readonly string[] {
  return [...new Set(names)]
    .map((name) => priceOf(region, name))
    .filter(({ verified }) => !verified)
    .map(({ of, usd, per, compared }) => `${of}: $${usd}${per === 1 ? '' : ' a million'} (${compared})`);
}
