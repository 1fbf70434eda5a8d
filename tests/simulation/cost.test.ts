import { expect, test } from '@jest/globals';
import { measured } from '../../scripts/cost/measured.ts';
import { RetryAfterError } from '../../shared/domain/base/errors.ts';
import { startOfTime } from '../../testkit/play/virtual-time.ts';
import type { Order } from './client.ts';
import { limited, limitedBy } from './limit-scenarios.ts';
import { deployedFigures, waitingFigures } from './limits.ts';
import { play, type Scenario } from './scenario.ts';
import { places } from './work-place-scenarios.ts';

/** Counts the table writes of what a client does, without faults. */
async function writesFor(act: Scenario['act']): Promise<number> {
  const { trace } = await play({ name: 'cost', act }, { figures: deployedFigures });
  return trace.lines.filter((line) => /->|refused/.test(line)).length;
}

const writesOf = (seconds: number, order: Partial<Order> = {}): Promise<number> =>
  writesFor(async (client) => void (await client.submit({ payload: { seconds }, ...order })));

test('a short job is written three times, as `npm run cost` counts', async () => {
  expect(measured.submit.writes + measured.success.writes).toBe(3);
  expect(await writesOf(0)).toBe(3);
  expect(await writesOf(4)).toBe(3);
});

test('a job of a group, or with a delay of up to 15 minutes, is written three times too', async () => {
  expect(await writesOf(0, { group: 'g' })).toBe(3);
  expect(await writesOf(0, { delaySeconds: 900 })).toBe(3);
});

test('so is one with a delay of up to 30 minutes', async () => {
  expect(await writesOf(0, { delaySeconds: 1_800 })).toBe(3);
});

test('a short job of a tenant with a limit is written once more, at its submission, and a replay not at all', async () => {
  const writesOfLimited = async (act: Scenario['act']): Promise<number> => {
    const settings = { figures: deployedFigures, jobsPerMinute: 2 };
    const { trace } = await play({ name: 'cost', act }, settings);
    return trace.lines.filter((line) => /->|refused/.test(line)).length;
  };
  const order = { payload: { seconds: 0 }, key: 'a' };
  expect(await writesOfLimited(async (client) => void (await client.submit(order)))).toBe(4);
  expect(
    await writesOfLimited(async (client) => {
      for (let times = 0; times < 3; times += 1) await client.submit(order);
    }),
  ).toBe(4);
});

test('with a limit, a retry is written once more, and so is the job of a schedule', async () => {
  const callsOf = async (limited: { readonly jobsPerMinute?: number }) => {
    const at = new Date(startOfTime).toISOString();
    const act: Scenario['act'] = async (client, { waiting }) => {
      waiting.send(JSON.stringify({ kind: 'occurrence', version: 3, schedule: 'n', at }));
      const { job } = await client.submit({ payload: { seconds: 0, failFirst: 1 }, maxAttempts: 1 });
      await client.until(job?.id ?? '', 'failed');
      await client.retry(job?.id ?? '');
    };
    const payload = { seconds: 0 };
    const schedule = {
      name: 'n',
      cron: '* * * * *',
      timeZone: 'UTC',
      type: 'counting',
      payload,
      tenant: 't',
    };
    const settings = { figures: deployedFigures, recurring: [schedule], ...limited };
    return (await play({ name: 'cost', act }, settings)).calls;
  };
  const more = [...(await callsOf({ jobsPerMinute: 9 }))];
  for (const call of await callsOf({})) more.splice(more.indexOf(call), 1);
  const written = ['charge a rate', 'charge a rate', 'let jobs in'];
  // Each of them has a process of its own. The last one writes in vain, as the rate is ahead, and reads.
  expect(more.toSorted()).toEqual(['charge a rate', ...written, 'read a rate']);
});

test('with a limit on their time, a submission reads once more, and each slice is charged by one write; a replay costs nothing', async () => {
  const callsOf = async (runningSecondsPerHour?: number) => {
    const act: Scenario['act'] = async (client) => {
      for (const key of ['a', 'a'])
        await client.until(
          (await client.submit({ payload: { seconds: 1 }, key })).job?.id ?? '',
          'succeeded',
        );
    };
    const limited = runningSecondsPerHour === undefined ? {} : { runningSecondsPerHour };
    const { calls } = await play({ name: 'cost', act }, { figures: deployedFigures, ...limited });
    return calls;
  };
  const more = [...(await callsOf(9))];
  for (const call of await callsOf()) more.splice(more.indexOf(call), 1);
  expect(more).toEqual(['read a rate', 'charge a rate']);
});

test('a job that is counted is written once more, at its submission, and a replay not at all; its end makes no call for that', async () => {
  const callsOf = async (unfinishedJobs?: number) => {
    const act: Scenario['act'] = async (client) => {
      for (const key of ['a', 'b', 'b', 'c'])
        await client.until(
          (await client.submit({ payload: { seconds: 1 }, key })).job?.id ?? '',
          'succeeded',
        );
    };
    const limited = unfinishedJobs === undefined ? {} : { unfinishedJobs };
    const { calls } = await play({ name: 'cost', act }, { figures: deployedFigures, ...limited });
    return calls;
  };
  const more = [...(await callsOf(9))];
  for (const call of await callsOf()) more.splice(more.indexOf(call), 1);
  // Somebody has to count the index, before the first one.
  const first = [
    'read a number of jobs',
    'count the index',
    'create a number of jobs',
    'read a number of jobs',
  ];
  // Each of these submissions has a process of its own, which reads the number once.
  const others = [
    'count jobs in',
    'read a number of jobs',
    'count jobs in',
    'read a number of jobs',
    'count jobs in',
  ];
  expect(more).toEqual([...first, ...others]);
});

/** Plays jobs that come together, and run for some seconds. The simulation runs forty at once at most. */
const playTogether = (
  jobs: number,
  { limit, runSeconds }: { readonly limit: NonNullable<Scenario['arrange']>; readonly runSeconds: number },
) =>
  play({
    name: 'together',
    settings: { figures: waitingFigures, maxAdmissions: 40, maxSteps: Infinity, net: true },
    arrange: (world) => {
      limit(world);
      world.handlers = {
        ...world.handlers,
        counting: async ({ seconds }, { pause }) => {
          if (runSeconds > 0) await pause(runSeconds);
          return { seconds };
        },
      };
    },
    act: async (client) => {
      const order = (seconds: number) => client.insist({ key: `${seconds}`, payload: { seconds } });
      await Promise.all(Array.from({ length: jobs }, (_, seconds) => order(seconds)));
    },
  });

const isFull = process.env.SIMULATION === 'full';

/** `npm run test:long` plays the first with 10,000 jobs. */
test.each([
  ['of one key, ten a second', 1, 10, isFull ? 10_000 : 200],
  ['of a hundred keys, one in ten seconds', 100, 0.1, 300],
])(
  'jobs %s, take as long as their limit says, and look for a start twice',
  async (_what, keys, perSecond, jobs) => {
    const limit = limited({ key: ({ seconds }) => `account ${seconds % keys}`, perSecond });
    const { calls, table } = await playTogether(jobs, { limit, runSeconds: 0 });
    const starts = [...table.items.values()].map(({ startedAt = 0 }) => startedAt);
    const seconds = (Math.max(...starts) - Math.min(...starts)) / 1000;
    const least = (jobs / keys - 1) / perSecond;
    expect(seconds).toBeGreaterThan(least - 0.1);
    expect(seconds).toBeLessThan(1.02 * least + 1);
    const asked = (call: string) => calls.filter((one) => one === call).length / jobs;
    expect(asked('take a start') + asked('take a turn')).toBeLessThan(2.1);
    if (isFull) console.log(JSON.stringify({ jobs, seconds, least, calls: calls.length / jobs }));
  },
);

test('jobs of two limits that are both used up take half as long again at most as the slower one says', async () => {
  const key = ({ seconds }: { readonly seconds: number }) => `account ${seconds % 20}`;
  const limit = limitedBy({ key: 'api', perSecond: 10 }, { key, perSecond: 1 });
  const { calls, table } = await playTogether(200, { limit, runSeconds: 0 });
  const starts = [...table.items.values()].map(({ startedAt = 0 }) => startedAt);
  expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(30_000);
  expect(calls.filter((call) => call === 'take a start').length).toBeLessThan(5 * 200);
});

/** Calls that DynamoDB bills as writes. */
const placeWrites = [
  'submit',
  'claim',
  'take a place',
  'giveBack',
  'awaitHandler',
  'note a line',
  'wait for a place',
  'succeed',
  'leave a place',
  'lookAgain',
];

/** `npm run test:long` plays them with more jobs. */
test.each([
  ['of one key, five at once', 1, 5, isFull ? 10_000 : 200],
  ['of many keys, one at once of each', isFull ? 30 : 20, 1, isFull ? 600 : 100],
])(
  'jobs %s, take little longer than their places allow, and look for a place three times',
  async (_what, keys, running, jobs) => {
    const limit = places({ key: ({ seconds }) => `account ${seconds % keys}`, running });
    const { calls, table } = await playTogether(jobs, { limit, runSeconds: 1 });
    const all = [...table.items.values()];
    const first = Math.min(...all.map(({ createdAt }) => createdAt));
    const seconds = (Math.max(...all.map(({ finishedAt = 0 }) => finishedAt)) - first) / 1000;
    const least = jobs / keys / running;
    expect(seconds).toBeGreaterThanOrEqual(least);
    expect(seconds).toBeLessThan(1.1 * least);
    const made = (...what: readonly string[]) => calls.filter((call) => what.includes(call)).length / jobs;
    // Who comes early, and is among the first, looks more often.
    expect(made('look at places')).toBeLessThan(isFull && running > 1 ? 2.5 : 3.5);
    if (isFull)
      console.log(
        JSON.stringify({
          jobs,
          keys,
          seconds,
          least,
          looks: made('look at places'),
          writes: made(...placeWrites),
        }),
      );
  },
);

test('a job that fails for good is written once more: into the group of its error', async () => {
  expect(await writesOf(0, { payload: 'not a payload' })).toBe(4);
  expect(await writesOf(0, { payload: { seconds: 0, failFirst: 9 }, maxAttempts: 2 })).toBe(6);
});

test('a job with a longer delay is written once more, whatever the delay, and has one schedule', async () => {
  for (const delaySeconds of [1_900, 39 * 24 * 3600]) {
    const { trace, calls } = await play(
      { name: 'cost', act: async (client) => void (await client.submit({ delaySeconds })) },
      { figures: deployedFigures },
    );
    expect(trace.lines.filter((line) => /->|refused/.test(line))).toHaveLength(4);
    expect(calls.filter((call) => call === 'create a schedule')).toHaveLength(1);
    // To the waiting queue by submit, and to the run queue by admission; the pointer is sent by Scheduler.
    expect(calls.filter((call) => call.startsWith('send'))).toHaveLength(2);
  }
});

test('a wait that a handler asks for costs two writes and a send, one of more than 15 minutes two sends and a schedule', async () => {
  for (const [seconds, sends, schedules] of [
    [900, 2, 0],
    [901, 3, 1],
    [40_000, 3, 1],
  ] as const) {
    const { trace, calls } = await play(
      {
        name: 'cost',
        arrange: (world) => {
          const counting: typeof world.handlers.counting = async (payload, { id }) => {
            if (world.table.items.get(id)?.waitedMs === undefined) throw new RetryAfterError(seconds);
            return { seconds: payload.seconds };
          };
          world.handlers = { ...world.handlers, counting };
        },
        act: async (client) => void (await client.submit()),
      },
      { figures: deployedFigures },
    );
    expect(trace.lines.filter((line) => line.includes('->'))).toHaveLength(5);
    expect(calls.filter((call) => call.startsWith('send'))).toHaveLength(sends);
    expect(calls.filter((call) => call === 'create a schedule')).toHaveLength(schedules);
  }
});

test('a job that a recurring schedule makes is written three times, and sent once', async () => {
  const recurring = [
    {
      name: 'n',
      cron: '* * * * *',
      timeZone: 'UTC',
      type: 'counting',
      payload: { seconds: 0 },
      tenant: 't',
    },
  ];
  const occurrence = {
    kind: 'occurrence',
    version: 2,
    schedule: 'n',
    at: new Date(startOfTime).toISOString(),
  };
  const { trace, calls } = await play(
    { name: 'cost', act: async (_client, { waiting }) => void waiting.send(JSON.stringify(occurrence)) },
    { figures: deployedFigures, recurring },
  );
  expect(trace.lines.filter((line) => /->|refused/.test(line))).toHaveLength(3);
  expect(calls.filter((call) => call.startsWith('send'))).toHaveLength(1);
  expect(calls.filter((call) => call.startsWith('read'))).toHaveLength(2);
});

test('a job that waits for two others is written twice more, and each of them once more', async () => {
  const writes = await writesFor(async (client) => {
    const others = await Promise.all([1, 2].map((seconds) => client.submit({ payload: { seconds } })));
    await client.submit({ payload: { seconds: 0 }, dependsOn: others.flatMap(({ job }) => job?.id ?? []) });
  });
  expect(writes).toBe(3 * 3 + 2 + 2);
});

test('a long job that saves its state every second is written twelve times a minute', async () => {
  expect((await writesOf(600)) - 3).toBeLessThanOrEqual(12 * 10);
  expect((await writesOf(600)) - 3).toBeGreaterThanOrEqual(11 * 10);
});

test('a job that saves nothing is written once a heartbeat', async () => {
  const { trace } = await play(
    {
      name: 'cost',
      arrange: (world) => {
        world.handlers = {
          ...world.handlers,
          counting: async ({ seconds }, job) => {
            await job.pause(seconds);
            return { seconds };
          },
        };
      },
      act: async (client) => void (await client.submit({ payload: { seconds: 601 } })),
    },
    { figures: deployedFigures },
  );
  expect(trace.lines.filter((line) => line.includes('renew ->'))).toHaveLength(
    Math.floor(601 / measured.heartbeatSeconds),
  );
});
