import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { recordFigures } from '../figures.js';
import { deployedFigures } from '../limits.ts';
import { play, type Scenario } from '../scenario.ts';
import { expectRows } from './expect-rows.ts';
import { limits } from './services.ts';
import type { Kind } from './tally.ts';
import { rowOfCost, rowOfLateness, waitFigures } from './wait-rows.ts';
import { playWaits } from './waits.ts';

const isFull = process.env.SIMULATION === 'full';
const jobs = isFull ? 1_000_000 : 20_000;
const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { stdout } = await promisify(execFile)(process.execPath, [fileOf('million-waits.ts'), String(jobs)]);
const loads = waitFigures.parse(JSON.parse(stdout));
recordFigures(`${jobs} jobs that wait`, stdout);

test.each(loads)('of many jobs that $name, almost all go on in time', ({ usual }) => {
  expect(usual.p99).toBeLessThanOrEqual(1);
  // Not even while Scheduler throttles.
  expect(usual.inFlight).toBe(0);
});

test('while no schedule fires, and no wake comes, all go on whom somebody looks at', () => {
  for (const { stopped } of loads) {
    expect(stopped.jobs).toBe(jobs);
    expect(stopped.looks).toBeGreaterThanOrEqual(stopped.lateJobs);
  }
  // The model can tell.
  expect(loads.some(({ stopped }) => stopped.lateJobs > 0)).toBe(true);
});

const day = 24 * 3600;
const sleeping =
  (seconds: number): Scenario['arrange'] =>
  (world) => {
    const counting: typeof world.handlers.counting = async (payload, job) => {
      if (!job.resume) await job.sleep(seconds, { passed: 0 });
      return { seconds: payload.seconds };
    };
    world.handlers = { ...world.handlers, counting };
  };

/** What the real code does for one job that waits, beside what it does for one that does not. */
const played: readonly {
  kind: Kind;
  seconds: number;
  arrange?: Scenario['arrange'];
  act: Scenario['act'];
}[] = [
  {
    kind: 'napper',
    seconds: 300,
    arrange: sleeping(300),
    act: async (client) => void (await client.submit()),
  },
  {
    kind: 'sleeper',
    seconds: day,
    arrange: sleeping(day),
    act: async (client) => void (await client.submit()),
  },
  {
    kind: 'delayed',
    seconds: day,
    act: async (client) => void (await client.submit({ delaySeconds: day })),
  },
  {
    kind: 'dependent',
    seconds: 20,
    act: async (client) => {
      const { job } = await client.submit({ payload: { seconds: 4 } });
      await client.submit({ payload: { seconds: 0 }, dependsOn: job ? [job.id] : [] });
    },
  },
];

test.each(played)(
  'the model counts what the real code does: $kind',
  async ({ kind, seconds, ...scenario }) => {
    const { tally } = playWaits({ kind, from: [1], until: [1 + seconds] }, limits);
    const { trace, calls } = await play({ name: kind, ...scenario }, { figures: deployedFigures });
    const submitted = kind === 'dependent' ? 2 : 1;
    const writes = trace.lines.filter((line) => line.includes('->') || line.includes('refused')).length;
    expect(tally.writes).toBe(writes - 3 * submitted);
    const sends = calls.filter((call) => call.startsWith('send')).length;
    // What Scheduler sends is none of our calls.
    expect(tally.sends - tally.schedules).toBe(sends - submitted);
    expect(tally.schedules).toBe(calls.filter((call) => call === 'create a schedule').length);
  },
);

(isFull ? test : test.skip)('the pages have these figures', () => {
  expectRows('testing', loads.map(rowOfLateness));
  expectRows('cost', loads.map(rowOfCost));
});
