import * as z from 'zod/mini';
import { type Groups, type GroupsPlayed, type Other, playGroups } from './groups.ts';
import { latenessOf } from './lateness.ts';

type Load = Omit<Groups, 'jobs'>;

const inAMinute = { perSecond: 16_700, seconds: 60, orderedQueues: 1 };
/** As fast as SQS takes messages of a group. */
const forAnHour = { perSecond: 300, seconds: 3_600, orderedQueues: 1, groupsOfA: 1 };

const loads: readonly (readonly [name: string, load: Load])[] = [
  ['one group within a minute', { ...inAMinute, groupsOfA: 1, hasDoor: true }],
  ['one group, 300 a second, without bounds', { ...forAnHour, hasDoor: false }],
  ['one group, 300 a second', { ...forAnHour, hasDoor: true }],
  ['1,000 groups within a minute, without bounds', { ...inAMinute, groupsOfA: 1_000, hasDoor: false }],
  ['1,000 groups within a minute', { ...inAMinute, groupsOfA: 1_000, hasDoor: true }],
  [
    '1,000 groups within a minute, `orderedQueues` 2',
    { ...inAMinute, groupsOfA: 1_000, hasDoor: true, orderedQueues: 2 },
  ],
  [
    '1,000 groups within a minute, `unfinishedJobs` 10,000',
    { ...inAMinute, groupsOfA: 1_000, hasDoor: true, unfinishedJobs: 10_000 },
  ],
];

const answers = { accepted: z.int(), refusedByDoor: z.int(), refusedByLimit: z.int(), unavailable: z.int() };
const other = z.object({ ...answers, p50: z.number(), p99: z.number(), max: z.number() });
const figures = z.object({
  ...{ name: z.string(), most: z.int() },
  ...{ ofA: z.object(answers), ofB: other, ofC: other },
});
/** What `million-groups.ts` prints. */
export const groupFigures = z.array(figures);
export type GroupFigures = z.infer<typeof figures>;

const figuresOfOther = ({ late, ...counted }: Other) => {
  const { p50, p99, max } = latenessOf(late);
  return { ...counted, p50, p99, max };
};

const figuresOf = (name: string, { ofB, ofC, ...played }: GroupsPlayed): GroupFigures => ({
  ...{ name, ...played, ofB: figuresOfOther(ofB), ofC: figuresOfOther(ofC) },
});

export async function playAllGroups(jobs: number): Promise<readonly GroupFigures[]> {
  const all: GroupFigures[] = [];
  for (const [name, load] of loads) all.push(figuresOf(name, await playGroups({ ...load, jobs })));
  return all;
}

const text = (number: number): string =>
  number.toLocaleString('en', { maximumFractionDigits: number < 100 ? 1 : 0 });

const cellsOfOther = ({ refusedByDoor, max }: GroupFigures['ofB']): readonly string[] =>
  [refusedByDoor, max].map(text);

/** A line of the table in docs/tenants.md. */
export const rowOfGroups = ({ name, most, ofA, ofB, ofC }: GroupFigures): string => {
  const cells = [ofA.accepted, most].map(text);
  return `| ${[name, ...cells, ...cellsOfOther(ofB), ...cellsOfOther(ofC)].join(' | ')} |`;
};
