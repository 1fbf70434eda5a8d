import { occurrencesAfter } from '../shared/domain/schedules/occurrences.ts';
import type { Schedule } from '../shared/domain/schedules/schedule.ts';

/** A leap year in UTC: in it, clocks go forward once and back once in each zone that has daylight saving. */
export const year = { from: Date.UTC(2028, 0), until: Date.UTC(2029, 0) };

/** Clocks change by an hour, by half an hour, and not at all; in the north and in the south; 5:30 off UTC. */
export const yearZones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
] as const;

/** Of each kind; most of them have times that some zone leaves out, or has twice. */
export const yearCrons = [
  '0 0 * * *',
  '30 2 * * *',
  '15 2 * * *',
  '45 1 * * *',
  '30 * * * *',
  '0 */2 * * *',
  '*/10 1-3 * * SUN',
  '59 1,2,3 * 3,4,10,11 *',
  '5-25/5 2 1-31/2 * *',
  '0 9 * * MON-FRI',
  '0 6 1 * *',
  '30 2 31 JAN-DEC/2 *',
  '0 12 29 2 *',
] as const;

const chunk = 60;

/** All occurrences of a schedule in the year, epoch milliseconds. */
export function occurrencesOfYear(schedule: Pick<Schedule, 'cron' | 'timeZone'>): readonly number[] {
  const occurrences: number[] = [];
  let last = year.from - 1;
  while (last < year.until) {
    const next = occurrencesAfter(schedule, last, chunk);
    occurrences.push(...next);
    last = next.at(-1) ?? year.until;
  }
  return occurrences.filter((at) => at < year.until);
}
