import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import { OrderedQueue } from './ordered-queue.ts';
import { bComesAt, jobsOfB, type OfB, playTenants, type TwoTenants } from './tenants.ts';

const jobsOfA = 5_000;
type Load = Omit<TwoTenants, 'areGroups' | 'jobsOfA'>;

/** On `server` and `bulk`, too, each job has a place of its own. */
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
  ['`server`, a minute each; 8', { places: 8, batch: 1, seconds: { A: 60, B: 60 } }],
  ['`bulk`, ten seconds each; 10', { places: 10, batch: 1, seconds: { A: 10, B: 10 } }],
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

export interface ComparedGroups {
  readonly name: string;
  /** When the jobs of B start. */
  readonly alone: readonly number[];
  readonly after: readonly number[];
}

/** A second each. Each job of B has a group of its own. */
function playOrdered(places: number, groupsOfA: readonly string[]): readonly number[] {
  const queue = new OrderedQueue(new SeededRandom(1), places);
  for (const group of groupsOfA) queue.send(group, 0, {});
  queue.playUntil(bComesAt);
  const seconds: number[] = [];
  const starts = (waitedMs: number) => void seconds.push(waitedMs / 1_000);
  for (let index = 0; index < jobsOfB; index += 1) queue.send(`B ${index}`, bComesAt, { starts });
  queue.playUntil(Number.POSITIVE_INFINITY);
  return seconds;
}

const compareGroups = (name: string, places: number, groupOf: (index: number) => string): ComparedGroups => ({
  name,
  alone: playOrdered(places, []),
  after: playOrdered(
    places,
    Array.from({ length: jobsOfA }, (_, index) => groupOf(index)),
  ),
});

/** Fair queues do not apply to groups of jobs. */
export const comparedGroups: readonly ComparedGroups[] = [
  compareGroups('`ordered`, a second each, A in one group; 2', 2, () => 'A'),
  compareGroups('100', 100, () => 'A'),
  compareGroups('`ordered`, a second each, A in 5,000 groups; 2', 2, (index) => `A ${index}`),
  compareGroups('100', 100, (index) => `A ${index}`),
];

const inSeconds = (seconds: number): string =>
  seconds.toLocaleString('en', { maximumFractionDigits: seconds < 100 ? 1 : 0 });

const firstToLast = ([first = 0, ...others]: readonly number[]): string =>
  [first, others.at(-1) ?? 0].map(inSeconds).join(' to ');

/** A line of the table in docs/tenants.md: when B's first and last job start, seconds after they were submitted. */
export const rowOfTenants = ({ name, alone, before, after }: Compared): string =>
  `| ${name} | ${[alone, before, after].map(({ starts }) => firstToLast(starts)).join(' | ')} |`;

export const rowOfOrdered = ({ name, alone, after }: ComparedGroups): string =>
  `| ${name} | ${[alone, after, after].map(firstToLast).join(' | ')} |`;
