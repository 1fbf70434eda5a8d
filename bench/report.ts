import * as z from 'zod/mini';
import { barChart } from './chart.ts';
import { goals, isMet } from './goals.ts';
import { median, type Ratio, ratio, type Series } from './series.ts';

const measuredPart = z.object({
  /** `2026-11-30` */
  date: z.string(),
  node: z.string(),
  machine: z.string(),
  series: z.array(
    z.object({ name: z.string(), unit: z.string(), of: z.string(), rounds: z.array(z.number()) }),
  ),
});
/** What was measured last, of each part. */
export const reportSchema = z.object({ parts: z.record(z.string(), measuredPart) });
export type Report = z.infer<typeof reportSchema>;

/** A table of the page, and what it has. */
interface Section {
  /** As the page's comments call the table. */
  readonly name: string;
  readonly part: string;
  readonly has: RegExp;
  /** The first contender; `ours` without it. */
  readonly of?: string;
  /** Those that the first contender is compared with, in their order. */
  readonly beside: readonly string[];
}

const sections: readonly Section[] = [
  {
    ...{ name: 'functions', part: 'functions', beside: ['bare', 'stock'] },
    has: /: (bundle|calls|calls of a first invocation|cold start, TLS|CPU, TLS|wall, 20 ms a call)$/,
  },
  {
    name: 'local system',
    part: 'load',
    has: /^(jobs|a job) over HTTP, \d+ in flight(: median)?$/,
    beside: ['bare'],
  },
  { name: 'growth', part: 'growth', has: /^after (1|5|10)0,000 jobs: /, beside: [] },
  {
    name: 'peers',
    part: 'load',
    has: /in a process, \d+ in flight(: median)?$/,
    of: 'bullmq',
    beside: ['pg-boss'],
  },
  {
    name: 'workers',
    part: 'workers',
    has: /worker's CPU/,
    beside: ['on Lambda', 'by hand', 'bullmq', 'pg-boss'],
  },
];

interface Chart {
  readonly file: string;
  readonly part: string;
  readonly title: string;
  /** The bars of one name are a group. */
  readonly names: readonly string[];
  /** Bars are multiples of what this one needs. */
  readonly base: string;
}

const charts: readonly Chart[] = [
  {
    file: 'functions.svg',
    part: 'functions',
    title: 'What functions need, with TLS: multiples of bare',
    names: [
      ...['submit', 'worker', 'status'].map((name) => `${name}: bundle`),
      ...['submit', 'job, alone', 'status'].map((name) => `${name}: cold start, TLS`),
      ...['submit', 'job, alone', 'job, in tens', 'status'].map((name) => `${name}: CPU, TLS`),
    ],
    base: 'bare',
  },
];

const seriesOf = ({ parts }: Report, part: string): readonly Series[] => parts[part]?.series ?? [];
const find = (all: readonly Series[], name: string, of: string): Series | undefined =>
  all.find((series) => series.name === name && series.of === of);

const twoDigits = (number: number): string => number.toFixed(2);
export const describeRatio = ({ median: middle, smallest, greatest }: Ratio): string =>
  smallest === greatest
    ? twoDigits(middle)
    : `${twoDigits(middle)} (${twoDigits(smallest)} to ${twoDigits(greatest)})`;

const figureOf = ({ unit, rounds }: Series): string => {
  const middle = median(rounds);
  const text =
    ['ms', 's'].includes(unit) && middle < 1000
      ? middle.toPrecision(3)
      : middle.toLocaleString('en', { maximumFractionDigits: middle < 10 ? 1 : 0 });
  return ['ms', 's', 'MB'].includes(unit) ? `${text} ${unit}` : text;
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const head = (cells: readonly string[]): readonly string[] => [row(cells), `|${'---|'.repeat(cells.length)}`];

/** A ratio of ours; with what was to be reached, and bold if it is not. */
function ratioCell(ours: Series, theirs: Series): string {
  const reached = ratio(ours, theirs);
  const text = describeRatio(reached);
  const goal = goals.find(({ name, to }) => ours.of === 'ours' && name === ours.name && to === theirs.of);
  if (goal === undefined) return text;
  const wanted = goal.atMost === undefined ? `goal: ${goal.atLeast} or more` : `goal: ${goal.atMost}`;
  return `${isMet(goal, reached.median) ? text : `**${text}**`}; ${wanted}`;
}

/** Each figure of a part, in the order in which they were measured. */
function tableOf(report: Report, { part, has, of = 'ours', beside: others }: Section): readonly string[] {
  const all = seriesOf(report, part).filter(({ name }) => has.test(name));
  const names = [...new Set(all.map(({ name }) => name))];
  if (names.length === 0) return [`Not measured yet: \`npm run bench -- ${part}\`.`];
  return [
    ...head(['', of, ...others, ...others.map((other) => `${of} to ${other}`)]),
    ...names.map((name) => {
      const ours = find(all, name, of);
      const theirs = others.map((other) => find(all, name, other));
      return row([
        name,
        ...[ours, ...theirs].map((series) => (series === undefined ? '' : figureOf(series))),
        ...theirs.map((series) => (ours && series ? ratioCell(ours, series) : '')),
      ]);
    }),
  ];
}

const whereTable = ({ parts }: Report): readonly string[] => [
  ...head(['part', 'date', 'machine', 'Node.js', 'rounds']),
  ...Object.entries(parts).map(([part, { date, machine, node, series }]) =>
    row([
      `\`${part}\``,
      date,
      machine,
      node,
      String(Math.max(0, ...series.map(({ rounds }) => rounds.length))),
    ]),
  ),
];

/** The tables of docs/performance.md, by the name that its comments have. */
export const tablesOf = (report: Report): ReadonlyMap<string, readonly string[]> =>
  new Map([
    ...sections.map((section) => [section.name, tableOf(report, section)] as const),
    ['measured where', whereTable(report)],
  ]);

/** The charts of docs/performance/, by file. */
export const chartsOf = (report: Report): ReadonlyMap<string, string> =>
  new Map(
    charts.map(({ file, part, title, names, base }) => {
      const all = seriesOf(report, part);
      const groups = names.map((name) => {
        const theirs = find(all, name, base);
        const bars = all
          .filter((series) => theirs !== undefined && series.name === name)
          .map((series) => ({ of: series.of, ...ratio(series, theirs ?? series) }));
        return { label: name, bars };
      });
      return [file, barChart({ title, groups })];
    }),
  );
