import { type OfB, playTenants, type TwoTenants } from './tenants.ts';

const jobsOfA = 5_000;
type Load = Omit<TwoTenants, 'areGroups' | 'jobsOfA'>;

/** `long` stands for `server` and `bulk`, too: there each job has a place of its own. */
const loads: readonly (readonly [name: string, load: Load])[] = [
  ['`standard`, a second each; 2 at a time', { places: 2, batch: 10, seconds: { A: 1, B: 1 } }],
  ['100 at a time', { places: 100, batch: 10, seconds: { A: 1, B: 1 } }],
  ['`standard`, 30 s each; 2', { places: 2, batch: 10, seconds: { A: 30, B: 30 } }],
  ['100', { places: 100, batch: 10, seconds: { A: 30, B: 30 } }],
  ['`long`, a second each; 2', { places: 2, batch: 1, seconds: { A: 1, B: 1 } }],
  ['100', { places: 100, batch: 1, seconds: { A: 1, B: 1 } }],
  ['`long`, ten minutes each; 2', { places: 2, batch: 1, seconds: { A: 600, B: 600 } }],
  ['100', { places: 100, batch: 1, seconds: { A: 600, B: 600 } }],
  ['`long`, A a second, and B ten minutes; 2', { places: 2, batch: 1, seconds: { A: 1, B: 600 } }],
  ['100', { places: 100, batch: 1, seconds: { A: 1, B: 600 } }],
  ['`long`, A ten minutes, and B a second; 2', { places: 2, batch: 1, seconds: { A: 600, B: 1 } }],
  ['100', { places: 100, batch: 1, seconds: { A: 600, B: 1 } }],
  ['`waiting`, checks of 0.1 s; 2', { places: 2, batch: 10, seconds: { A: 0.1, B: 0.1 } }],
];

export interface Compared extends Load {
  readonly name: string;
  readonly alone: OfB;
  /** Without groups. */
  readonly before: OfB;
  readonly after: OfB;
}

export const comparedTenants: readonly Compared[] = loads.map(([name, load]) => ({
  ...load,
  name,
  alone: playTenants({ ...load, jobsOfA: 0, areGroups: true }),
  before: playTenants({ ...load, jobsOfA, areGroups: false }),
  after: playTenants({ ...load, jobsOfA, areGroups: true }),
}));

const inSeconds = (seconds: number): string =>
  seconds.toLocaleString('en', { maximumFractionDigits: seconds < 100 ? 1 : 0 });

const firstToLast = ({ starts: [first = 0, ...others] }: OfB): string =>
  [first, others.at(-1) ?? 0].map(inSeconds).join(' to ');

/** A line of the table in docs/tenants.md: when B's first and last job start, seconds after they were submitted. */
export const rowOfTenants = ({ name, ...each }: Compared): string =>
  `| ${name} | ${[each.alone, each.before, each.after].map(firstToLast).join(' | ')} |`;
