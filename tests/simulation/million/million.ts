import { byHiddenMessages, bySchedules, type Load } from './delayed-jobs.ts';
import { latenessOf } from './lateness.ts';
import { inOneMinute, overTenDays } from './loads.ts';
import { limits } from './services.ts';

/** Prints how late a million delayed jobs start, by hidden messages and by schedules. Seconds. */
const jobs = Number(process.argv[2] ?? 1_000_000);

const inAnHour =
  ({ dueAt, submittedAt }: Load) =>
  (late: readonly number[]) =>
    late.filter((_, job) => (dueAt[job] ?? 0) - (submittedAt[job] ?? 0) === 3_600);

const spread = overTenDays(jobs);
const soon = inAnHour(spread);
const minute = inOneMinute(jobs);
const [hidden, scheduled] = [byHiddenMessages(spread, limits), bySchedules(spread, limits)];

console.log(
  JSON.stringify({
    overTenDays: { before: latenessOf(hidden), after: latenessOf(scheduled) },
    dueInAnHour: { before: latenessOf(soon(hidden)), after: latenessOf(soon(scheduled)) },
    inOneMinute: {
      before: latenessOf(byHiddenMessages(minute, limits)),
      after: latenessOf(bySchedules(minute, limits)),
    },
  }),
);
