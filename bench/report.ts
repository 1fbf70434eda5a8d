import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type Contender, contenders } from './functions/contenders.ts';
import { median, type Ratio, ratio, type Series } from './series.ts';

const reportSchema = z.object({
  /** `2026-11-30` */
  date: z.string(),
  node: z.string(),
  machine: z.string(),
  series: z.array(
    z.object({ name: z.string(), unit: z.string(), of: z.enum(contenders), rounds: z.array(z.number()) }),
  ),
});
/** What was measured last. */
export type Report = z.infer<typeof reportSchema>;

/** The greatest ratios of ours to bare and to stock that are to be reached. */
const goals: Readonly<Record<string, { readonly bare: number; readonly stock: number }>> = {
  'submit: bundle': { bare: 0.45, stock: 0.2 },
  'worker: bundle': { bare: 0.75, stock: 0.3 },
  'status: bundle': { bare: 0.4, stock: 0.15 },
  'submit: cold start': { bare: 0.75, stock: 0.6 },
  'job, alone: cold start': { bare: 0.8, stock: 0.6 },
  'status: cold start': { bare: 0.7, stock: 0.55 },
  'submit: CPU': { bare: 0.75, stock: 0.6 },
  'job, in tens: CPU': { bare: 1, stock: 0.5 },
  'job, alone: CPU': { bare: 1.2, stock: 0.5 },
  'status: CPU': { bare: 0.75, stock: 0.6 },
  'job, in tens: wall, 20 ms a call': { bare: 1.15, stock: 0.8 },
};

export const describeRatio = ({ median: middle, smallest, greatest }: Ratio): string =>
  smallest === greatest
    ? middle.toFixed(2)
    : `${middle.toFixed(2)} (${smallest.toFixed(2)} to ${greatest.toFixed(2)})`;

function figureOf({ unit, rounds }: Series): string {
  const middle = median(rounds);
  return unit === 'ms' ? `${middle.toPrecision(3)} ms` : middle.toLocaleString('en');
}

/** With what was to be reached, and bold if it is not. */
function ratioCell(ours: Series, theirs: Series): string {
  const reached = ratio(ours, theirs);
  const goal = theirs.of === 'ours' ? undefined : goals[ours.name]?.[theirs.of];
  const text = describeRatio(reached);
  if (goal === undefined) return text;
  return `${reached.median <= goal ? text : `**${text}**`}; goal: ${goal}`;
}

/** Each figure, in the order in which they were measured. */
export function tableOf({ series }: Report): readonly string[] {
  const find = (name: string, of: Contender): Series => {
    const found = series.find((each) => each.name === name && each.of === of);
    if (found === undefined) throw new Error(`Of ${of} there is no ${name}.`);
    return found;
  };
  const names = [...new Set(series.map(({ name }) => name))];
  return [
    '|  | ours | bare | stock | ours to bare | ours to stock |',
    '|---|---|---|---|---|---|',
    ...names.map((name) => {
      const [ours, bare, stock] = [find(name, 'ours'), find(name, 'bare'), find(name, 'stock')];
      const figures = [ours, bare, stock].map(figureOf);
      return `| ${[name, ...figures, ratioCell(ours, bare), ratioCell(ours, stock)].join(' | ')} |`;
    }),
  ];
}

const pathOf = (name: string): string => join(import.meta.dirname, '../docs', name);
const figuresPath = pathOf('performance/measured.json');

export const readMeasured = (): Report => reportSchema.parse(JSON.parse(readFileSync(figuresPath, 'utf8')));

const isOfCalls = ({ name }: Series): boolean => name.includes(': calls');

/** The calls of each contender, which are the same in each round. */
const callsOf = (series: readonly Series[]): string =>
  Object.entries(Object.groupBy(series.filter(isOfCalls), ({ name }) => name.replace(': calls', '')))
    .map(([name, its = []]) => `${name} ${its.map(figureOf).join(', ')}`)
    .join('; ');

/** The files that are made of what was measured, by their path: the figures, and the page. */
export function pageFiles(report: Report): ReadonlyMap<string, string> {
  const page = pathOf('performance.md');
  const { date, node, machine, series } = report;
  const rounds = Math.max(...series.map((each) => each.rounds.length));
  const lines = [
    `Measured on ${date}: ${machine}, Node.js ${node}, ${rounds} rounds.`,
    '',
    ...tableOf({ ...report, series: series.filter((each) => !isOfCalls(each)) }),
    '',
    `Calls of ours, bare, stock: ${callsOf(series)}.`,
  ];
  const text = readFileSync(page, 'utf8').replace(
    /(<!-- functions: begin -->\n).*(\n<!-- functions: end -->)/s,
    (_, begin: string, end: string) => `${begin}${lines.join('\n')}${end}`,
  );
  return new Map([
    [page, text],
    [figuresPath, `${JSON.stringify(reportSchema.parse(report), null, 1)}\n`],
  ]);
}
