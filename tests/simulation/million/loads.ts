import { SeededRandom } from '../../../testkit/play/seeded-random.ts';
import type { Load } from './delayed-jobs.ts';

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
