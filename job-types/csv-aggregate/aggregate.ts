import { PermanentError } from '../../shared/job/errors.ts';
import type { PayloadOf, ResultOf } from '../../shared/job/handler.ts';
import type { csvAggregate } from './contract.ts';
import type { CsvRecord } from './csv-records.ts';

type Request = Pick<PayloadOf<typeof csvAggregate>, 'groupBy' | 'metrics'>;
type Op = Request['metrics'][number]['op'];

/** One metric of one group, of the records so far. */
interface Tally {
  /** How many fields were taken. */
  count: number;
  /** Their sum, least or greatest, whichever the metric is about. */
  figure: number;
  /** What rounding has taken from the sum. */
  lost: number;
}

/**
 * The figures of the records so far. Plain data, with finite numbers and no -0, so that JSON gives back the same.
 * `planFor` and the records from `position` on continue it.
 */
export interface Aggregate {
  /** Where the next record begins, in bytes of the UTF-8 text. */
  position: number;
  /** Empty until it is read. */
  header: string[];
  /** The header not counted. */
  rows: number;
  /** Pairs, since not every string is safe as an object's key. */
  groups: [key: string, tallies: Tally[]][];
}

/** What follows from an aggregate's header and a request. */
export interface Plan {
  readonly groupBy: number;
  readonly metrics: readonly { readonly index: number; readonly column: string; readonly op: Op }[];
  /** The aggregate's own tallies, found by key. */
  readonly tallies: Map<string, Tally[]>;
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

/** Groups times metrics. With so many, and keys of up to 20 characters, the aggregate has 7 MB as JSON: 8 can be saved. */
const maxTallies = 80_000;

/** Nothing read yet. */
export const emptyAggregate = (): Aggregate => ({ position: 0, header: [], rows: 0, groups: [] });

/** @throws ColumnError */
export const planFor = ({ header, groups }: Aggregate, { groupBy, metrics }: Request): Plan => ({
  groupBy: findColumn(groupBy, header),
  metrics: metrics.map(({ column, op }) => ({ index: findColumn(column, header), column, op })),
  tallies: new Map(groups),
});

/**
 * Adds a record to the aggregate, in place: a copy for each record would cost records times groups.
 * @throws FieldError, TooManyGroupsError; the aggregate is of no use then
 */
export function addRecord(aggregate: Aggregate, plan: Plan, { row, fields, end }: CsvRecord): void {
  const tallies = talliesOf(fields[plan.groupBy] ?? '', aggregate, plan);
  for (const [at, tally] of tallies.entries()) {
    const metric = plan.metrics[at];
    const field = metric && fields[metric.index];
    if (!field) continue;
    const complaint = take(field, tally, metric.op);
    if (complaint) throw new FieldError(`row ${row}, column ${quote(metric.column)}: ${complaint}`);
  }
  aggregate.rows = row;
  aggregate.position = end;
}

/** The figures of what was added. */
export const toResult = ({ rows, groups }: Aggregate, { metrics }: Plan): ResultOf<typeof csvAggregate> => ({
  rows,
  groups: groups
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, tallies]) => ({ key, values: tallies.map((tally, at) => figureOf(tally, metrics[at]?.op)) })),
});

function findColumn(name: string, header: readonly string[]): number {
  const index = header.indexOf(name);
  if (index === -1) throw new ColumnError(`there is no column ${quote(name)}, only ${listOf(header)}`);
  if (header.includes(name, index + 1))
    throw new ColumnError(`column ${quote(name)} is ambiguous: the header has it more than once`);
  return index;
}

function talliesOf(key: string, { groups }: Aggregate, { metrics, tallies }: Plan): readonly Tally[] {
  const known = tallies.get(key);
  if (known) return known;
  if ((groups.length + 1) * metrics.length > maxTallies)
    throw new TooManyGroupsError(
      `there are more than ${groups.length} groups: groups times metrics may be ${maxTallies}`,
    );
  const fresh = metrics.map(() => ({ count: 0, figure: 0, lost: 0 }));
  groups.push([key, fresh]);
  tallies.set(key, fresh);
  return fresh;
}

const decimal = /^[ \t]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?[ \t]*$/i;

/** @returns what is wrong with the field, if anything is */
function take(field: string, tally: Tally, op: Op): string | undefined {
  tally.count += 1;
  if (op === 'count') return undefined;
  if (!decimal.test(field)) return `${quote(field)} is not a number`;
  const number = Number(field) + 0; // makes 0 of -0
  if (!Number.isFinite(number)) return `${quote(field)} is too large a number`;
  if (op === 'min') tally.figure = tally.count === 1 ? number : Math.min(tally.figure, number);
  else if (op === 'max') tally.figure = tally.count === 1 ? number : Math.max(tally.figure, number);
  else return addToSum(number, tally);
  return undefined;
}

/** Neumaier's summation: keeps what each addition rounds away. */
function addToSum(number: number, tally: Tally): string | undefined {
  const sum = tally.figure + number;
  const lost =
    Math.abs(tally.figure) >= Math.abs(number) ? tally.figure - sum + number : number - sum + tally.figure;
  tally.lost += lost;
  tally.figure = sum;
  return Number.isFinite(sum + tally.lost) ? undefined : 'the sum up to here is too large a number';
}

function figureOf({ count, figure, lost }: Tally, op: Op | undefined): number | null {
  if (op === 'count') return count;
  if (op === 'sum') return figure + lost;
  if (count === 0) return null;
  return op === 'mean' ? (figure + lost) / count : figure;
}

const maxNames = 20;

const listOf = (names: readonly string[]): string => {
  const more = names.length - maxNames;
  return names.slice(0, maxNames).map(quote).join(', ') + (more > 0 ? ` and ${more} more` : '');
};

const quote = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
