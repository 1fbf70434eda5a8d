import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { recordFigures } from '../figures.js';

const lateness = z.object({ jobs: z.int(), p50: z.number(), p99: z.number(), max: z.number() });
const compared = z.object({ before: lateness, after: lateness });
const figures = z.object({ overTenDays: compared, dueInAnHour: compared, inOneMinute: compared });

const jobs = process.env.SIMULATION === 'full' ? 1_000_000 : 300_000;
const script = fileURLToPath(new URL('million.ts', import.meta.url));
const { stdout } = await promisify(execFile)(process.execPath, [script, String(jobs)]);
const { overTenDays, dueInAnHour, inOneMinute } = figures.parse(JSON.parse(stdout));
recordFigures(`${jobs} delayed jobs, seconds late`, stdout);

const day = 24 * 3600;

test('more delayed jobs than messages can be invisible start on time', () => {
  expect(overTenDays.after).toEqual({ jobs, p50: 0, p99: 0, max: 0 });
  // Hidden messages made them late: the model can tell.
  expect(overTenDays.before.p99).toBeGreaterThan(day);
});

test('a job that is due in an hour does not wait for those that are due in days', () => {
  expect(dueInAnHour.after.max).toBe(0);
  expect(dueInAnHour.before.p99).toBeGreaterThan(day);
});

test('of those that are due in one minute, most start on time, and none later than Scheduler can fire', () => {
  expect(inOneMinute.after.p50).toBe(0);
  // A thousand a second, but for the minutes over which they are spread.
  expect(inOneMinute.after.max).toBeLessThan(Math.max(1, jobs / 1_000 - 600));
});
