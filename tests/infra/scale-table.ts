import { millisecondsOf } from '../../scripts/cost/bill.ts';
import { measured } from '../../scripts/cost/measured.ts';

/** Jobs a second in the worst minute of a day that has its peak at noon: 1.8 times the mean, and a tenth more. */
const peak = (10_000_000 / 86_400) * 1.8 * 1.1;
const seconds = { job: 0.2, call: 0.01 };
const has = { requests: 500, executions: 1_000, writeUnits: 4_000, ofTenant: 1_000, maximumConcurrency: 100 };
const batch = 10;

const timeOf = (memoryMb: number, rounds: number, jobs = 1): number =>
  millisecondsOf({ memoryMb, rounds, jobs }, { callMs: seconds.call * 1_000 }) / 1_000;

/** How many invocations work at a time: each job is alone in its own. */
function executionsWith(polls: number): number {
  const { submit, success, status, memory } = measured;
  const work = seconds.job + timeOf(memory.worker, success.rounds);
  return peak * (timeOf(memory.submit, submit.rounds) + work + polls * timeOf(memory.status, status.rounds));
}

const shown = (value: number): string => Math.round(value).toLocaleString('en');

/** The six numbers of docs/scale.md for ten million jobs a day, from what tests measure. */
export function tenMillionJobs(): readonly string[] {
  const units = measured.submit.writeUnits + measured.success.writeUnits;
  const inTens = seconds.job + timeOf(measured.memory.worker, measured.success.rounds, batch);
  const starts = (has.maximumConcurrency * batch) / inTens;
  const rows: readonly (readonly [string, number, number, number])[] = [
    ['1: requests', peak, peak * 4, has.requests],
    ['2: executions', executionsWith(0), executionsWith(3), has.executions],
    ['3: write units', peak * units, peak * units, has.writeUnits],
    ['4: jobs of a tenant', peak / 100, peak / 100, has.ofTenant],
    ['5: starts', peak, peak, starts],
    ['6: waits that end', 0, 0, 1_000],
  ];
  return [
    '| number | needed if nobody polls | with three polls of each | what the stage has |',
    '|---|---|---|---|',
    ...rows.map(([name, none, three, most]) => {
      const [silent, polled] = [none, three].map((value) =>
        value > most ? `**${shown(value)}**` : shown(value),
      );
      return `| ${name} | ${silent} | ${polled} | ${shown(most)} |`;
    }),
  ];
}
