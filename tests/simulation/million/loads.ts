import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import type { Load } from './delayed-jobs.ts';
import type { Kind } from './tally.ts';
import type { Stop, Waits } from './waits.ts';

const hour = 3600;
const day = 24 * hour;
/** Submissions a second: what an API lets through. */
const submissions = 500;

/** So many jobs, submitted as fast as an API takes them. @param dueIn after how many seconds each is due */
function loadOf(jobs: number, dueIn: (job: number, random: SeededRandom) => number): Load {
  const random = new SeededRandom(7);
  const submittedAt = Array.from({ length: jobs }, (_, job) => Math.floor(job / submissions));
  return { submittedAt, dueAt: submittedAt.map((at, job) => at + dueIn(job, random)) };
}

/** Due at any time of the next ten days. One in a thousand is due in an hour. */
export const overTenDays = (jobs: number): Load =>
  loadOf(jobs, (job, random) => (job % 1_000 === 0 ? hour : hour + random.below(10 * day)));

/** All due in the same minute of the next day. */
export function inOneMinute(jobs: number): Load {
  const random = new SeededRandom(7);
  const load = loadOf(jobs, () => 0);
  return { ...load, dueAt: load.dueAt.map(() => day + random.below(60)) };
}

/** So many waits, which begin at any time of a day. @param seconds how long each is */
const overADay = (jobs: number, kind: Kind, seconds: (job: number) => number): Waits => {
  const from = Array.from({ length: jobs }, (_, job) => Math.floor((job * day) / jobs));
  return { kind, from, until: from.map((at, job) => at + seconds(job)) };
};

/** A hundred jobs at a time wait for the same one, which takes an hour. */
const dependents = (jobs: number): Waits => {
  const { kind, from } = overADay(jobs, 'dependent', () => 0);
  return { kind, from, until: from.map((_, job) => (from[job - (job % 100)] ?? 0) + hour) };
};

/** Waits by name. */
export const waitLoads: Readonly<Record<string, (jobs: number) => Waits>> = {
  'sleep for five minutes': (jobs) => overADay(jobs, 'napper', () => 300),
  'sleep for a day': (jobs) => overADay(jobs, 'sleeper', () => day),
  'the same, begun within 34 minutes': (jobs) => {
    const from = Array.from({ length: jobs }, (_, job) => Math.floor(job / submissions));
    return { kind: 'sleeper', from, until: from.map((at) => at + day) };
  },
  'wait for another job': dependents,
  'are delayed, by up to ten days': (jobs) => {
    const { submittedAt, dueAt } = overTenDays(jobs);
    return { kind: 'delayed', from: submittedAt, until: dueAt };
  },
};

/** The hour in which no schedule fires, and no wake comes: of each load, jobs are due then. */
export const stop: Stop = { from: day, to: day + hour };
