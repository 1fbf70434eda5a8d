import { execFile } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { describePlan, planSchedules } from '../../../../scripts/schedules/plan-schedules.ts';
import type { Schedule } from '../../../../shared/domain/schedules/schedule.ts';
import { projectDir } from '../../../project-copy.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `npm run schedules -- ...` */
const schedules = (args: readonly string[]): Promise<Printed> =>
  new Promise((resolve) => {
    execFile(process.execPath, ['scripts/schedules.ts', ...args], { cwd: projectDir }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

describe('command', () => {
  test('it prints the schedules of the project as JSON', async () => {
    const { code, out } = await schedules(['--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toBeInstanceOf(Array);
  });

  test('what is for a running system is refused, and says which command has it', async () => {
    expect(await schedules(['pause', 'nightly'])).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining('npx jobctl schedules'),
    });
  });
});

const nightly: Schedule = {
  name: 'nightly',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  type: 'counting',
  payload: { seconds: 1 },
  tenant: 'acme',
};
const now = Date.parse('2027-03-26T12:00:00Z');

describe('plan schedules', () => {
  test('a plan has the next five runs, past the day on which clocks go forward', () => {
    expect(planSchedules([nightly], now)).toEqual([
      {
        name: 'nightly',
        cron: '30 2 * * *',
        timeZone: 'Europe/Berlin',
        type: 'counting',
        tenant: 'acme',
        expression: 'cron(30 2 * * ? *)',
        nextRuns: [
          { local: 'Sat 2027-03-27 02:30 +01:00', utc: '2027-03-27T01:30:00.000Z' },
          { local: 'Mon 2027-03-29 02:30 +02:00', utc: '2027-03-29T00:30:00.000Z' },
          { local: 'Tue 2027-03-30 02:30 +02:00', utc: '2027-03-30T00:30:00.000Z' },
          { local: 'Wed 2027-03-31 02:30 +02:00', utc: '2027-03-31T00:30:00.000Z' },
          { local: 'Thu 2027-04-01 02:30 +02:00', utc: '2027-04-01T00:30:00.000Z' },
        ],
      },
    ]);
  });

  test('people read a paragraph for each schedule', () => {
    const hourly = { ...nightly, name: 'hourly', cron: '0 * * * *', timeZone: 'UTC' };
    const [first, second] = describePlan(planSchedules([nightly, hourly], now)).split('\n\n');
    expect(first?.split('\n').slice(0, 4)).toEqual([
      'nightly: counting for acme',
      '  30 2 * * *, Europe/Berlin',
      '  cron(30 2 * * ? *)',
      '  Sat 2027-03-27 02:30 +01:00  2027-03-27T01:30:00.000Z',
    ]);
    expect(second).toMatch(/^hourly: counting for acme\n {2}0 \* \* \* \*, UTC\n/);
  });

  test('people read that there are none', () => {
    expect(describePlan([])).toBe('There are no schedules: job-types/schedules.ts is empty.');
  });
});
