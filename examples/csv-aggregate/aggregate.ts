import { type PayloadOf, PermanentError, type ResultOf } from '../../shared/author/index.ts';
import type { csvAggregate } from './contract.ts';
import type { CsvRecord } from './csv-records.ts';

type Request = Pick<PayloadOf<typeof csvAggregate>, 'groupBy' | 'metrics'>;
type Op = Request['metrics'][number]['op'];

/**
 * The figures of the records so far. Plain data, with finite numbers and no -0, so that JSON gives back the same.
 * `planFor` and the records from `position` on continue it. A tally is one metric of one group: the first group's
 * tallies come first, in the order of the metrics. They are columns of numbers, since objects would take several times
 * the memory, and the time to save them.
 */
export interface Aggregate {
  /** Where the next record begins, in bytes of the UTF-8 text. */
  position: number;
  /** Empty until it is read. */
  header: string[];
  /** The header not counted. */
  rows: number;
  /** The groups, in the order in which they were met. */
  keys: string[];
  /** Of each tally, how many fields were taken, */
  counts: number[];
  /** their sum, least or greatest, whichever the metric is about, */
  figures: number[];
  /** and what rounding has taken from the sum. */
  lost: number[];
}

/** What follows from an aggregate's header and a request. */
export interface Plan {
  readonly groupBy: number;
  readonly metrics: readonly { readonly index: number; readonly column: string; readonly op: Op }[];
  /** Where a group's tallies begin, by its key. */
  readonly tallies: Map<string, number>;
}

/** The CSV lacks a column that is asked for, or has it more than once. */
export class ColumnError extends PermanentError {
  override name = 'ColumnError';
}

/** A field cannot be computed with. */
export class FieldError extends PermanentError {
  override name = 'FieldError';
}

/** There are more groups than the aggregate may have. */
export class TooManyGroupsError extends PermanentError {
  override name = 'TooManyGroupsError';
}

/** With so many, and keys of up to 13 characters, the aggregate has 8 MB as JSON at most: that can be saved. */
const maxTallies = 100_000;

/** Nothing read yet. */
export const emptyAggregate = (): Aggregate => ({
  position: 0,
  header: [],
  rows: 0,
  keys: [],
  counts: [],
  figures: [],
  lost: [],
});

/** @throws ColumnError */
export const planFor = ({ header, keys }: Aggregate, { groupBy, metrics }: Request): Plan => ({
  groupBy: findColumn(groupBy, header),
  metrics: metrics.map(({ column, op }) => ({ index: findColumn(column, header), column, op })),
  tallies: new Map(keys.map((key, at) => [key, at * metrics.length])),
});

/**
 * Adds a record to the aggregate, in place: a copy for each record would cost records times groups.
 * @throws FieldError, TooManyGroupsError; the aggregate is of no use then
 */
export function addRecord(aggregate: Aggregate, plan: Plan, { row, fields, end }: CsvRecord): void {
  let at = talliesOf(fields[plan.groupBy] ?? '', aggregate, plan);
  for (const { index, column, op } of plan.metrics) {
    const field = fields[index];
    const complaint = field ? take(field, { aggregate, at, op }) : undefined;
    if (complaint) throw new FieldError(`row ${row}, column ${quote(column)}: ${complaint}`);
    at += 1;
  }
  aggregate.rows = row;
  aggregate.position = end;
}

/** The figures of what was added. */
export const toResult = (
  aggregate: Aggregate,
  { metrics, tallies }: Plan,
): ResultOf<typeof csvAggregate> => ({
  rows: aggregate.rows,
  groups: [...tallies]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, first]) => ({
      key,
      values: metrics.map(({ op }, metric) => figureOf(aggregate, first + metric, op)),
    })),
});

function findColumn(name: string, header: readonly string[]): number {
  const index = header.indexOf(name);
  if (index === -1) throw new ColumnError(`there is no column ${quote(name)}, only ${listOf(header)}`);
  if (header.includes(name, index + 1))
    throw new ColumnError(`column ${quote(name)} is ambiguous: the header has it more than once`);
  return index;
}

/** @returns where the group's tallies begin */
function talliesOf(key: string, { keys, counts, figures, lost }: Aggregate, plan: Plan): number {
  const known = plan.tallies.get(key);
  if (known !== undefined) return known;
  const first = counts.length;
  if (first + plan.metrics.length > maxTallies)
    throw new TooManyGroupsError(
      `there are more than ${keys.length} groups: groups times metrics may be ${maxTallies}`,
    );
  plan.tallies.set(key, first);
  keys.push(key);
  for (const column of [counts, figures, lost]) column.push(...plan.metrics.map(() => 0));
  return first;
}

const decimal = /^[ \t]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?[ \t]*$/i;

interface Tally {
  readonly aggregate: Aggregate;
  readonly at: number;
  readonly op: Op;
}

/** @returns what is wrong with the field, if anything is */
function take(field: string, { aggregate, at, op }: Tally): string | undefined {
  const { counts, figures } = aggregate;
  const count = (counts[at] ?? 0) + 1;
  counts[at] = count;
  if (op === 'count') return undefined;
  if (!decimal.test(field)) return `${quote(field)} is not a number`;
  const number = Number(field) + 0; // makes 0 of -0
  if (!Number.isFinite(number)) return `${quote(field)} is too large a number`;
  const before = figures[at] ?? 0;
  if (op === 'min') figures[at] = count === 1 ? number : Math.min(before, number);
  else if (op === 'max') figures[at] = count === 1 ? number : Math.max(before, number);
  else return addToSum(number, aggregate, at);
  return undefined;
}

/** Neumaier's summation: keeps what each addition rounds away. */
function addToSum(number: number, { figures, lost }: Aggregate, at: number): string | undefined {
  const before = figures[at] ?? 0;
  const sum = before + number;
  const rounded = Math.abs(before) >= Math.abs(number) ? before - sum + number : number - sum + before;
  const all = (lost[at] ?? 0) + rounded;
  figures[at] = sum;
  lost[at] = all;
  return Number.isFinite(sum + all) ? undefined : 'the sum up to here is too large a number';
}

function figureOf({ counts, figures, lost }: Aggregate, at: number, op: Op): number | null {
  const [count = 0, figure = 0, rest = 0] = [counts[at], figures[at], lost[at]];
  if (op === 'count') return count;
  if (op === 'sum') return figure + rest;
  if (count === 0) return null;
  return op === 'mean' ? (figure + rest) / count : figure;
}

const maxNames = 20;

const listOf = (names: readonly string[]): string => {
  const more = names.length - maxNames;
  return names.slice(0, maxNames).map(quote).join(', ') + (more > 0 ? ` and ${more} more` : '');
};

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
