import { expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import type { Schedule } from '../../../../../client/jobctl/src/library.ts';
import { describeSchedule } from '../../../../../client/jobctl/src/schedule-text.ts';

const colors = picocolors.createColors(false);
const nightly: Schedule = {
  name: 'nightly',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  type: 'countdown',
  tenant: 'acme',
  payload: null,
  paused: false,
  nextRuns: ['2027-03-29T00:30:00.000Z'],
  lastJobs: [],
};
const id = '8727fcca-6715-88cd-be4f-02627a10fc09';
const statusUrl = `https://jobs.example.com/jobs/${id}`;

test('people read when a schedule comes next, and how its last jobs are, by the clocks of its zone', () => {
  const lastJobs = [
    { id, status: 'succeeded', createdAt: '2027-03-28T10:00:00.000Z', statusUrl },
    {
      id,
      status: 'failed',
      runAt: '2027-03-27T01:30:00.000Z',
      createdAt: '2027-03-27T01:30:21.000Z',
      statusUrl,
    },
  ] as const;
  expect(describeSchedule({ ...nightly, lastJobs }, colors).split('\n')).toEqual([
    'nightly',
    '  countdown for acme: 30 2 * * *, Europe/Berlin',
    '  next: Mon 2027-03-29 02:30 +02:00',
    `  ${id}  succeeded  by hand at Sun 2027-03-28 12:00 +02:00`,
    `  ${id}  failed     for Sat 2027-03-27 02:30 +01:00`,
  ]);
});

test('a paused schedule comes not until it is resumed, and one without a next run never', () => {
  expect(describeSchedule({ ...nightly, paused: true }, colors)).toContain('nightly  paused\n');
  expect(describeSchedule({ ...nightly, paused: true }, colors)).toContain('next: none until it is resumed');
  expect(describeSchedule({ ...nightly, nextRuns: [] }, colors)).toContain('next: never');
});
