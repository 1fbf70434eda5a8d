import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { arrivalsOf, daySeconds } from '../../../../scripts/scale/arrivals.ts';
import { ceilingsOf, widest } from '../../../../scripts/scale/ceilings.ts';
import { amount, clock, columns, duration, unverified } from '../../../../scripts/scale/describe.ts';
import { invocationSeconds, keysOfTenant, submitSeconds } from '../../../../scripts/scale/design.ts';
import { figureOf, limitNames, limitOf, regions } from '../../../../scripts/scale/limits.ts';
import { Line, Waits } from '../../../../scripts/scale/line.ts';
import { Bucket, Pollers } from '../../../../scripts/scale/pollers.ts';
import { simulate } from '../../../../scripts/scale/simulate.ts';
import {
  accountOf,
  type DayLoad,
  readStage,
  type ScaledStage,
  scaledParameters,
} from '../../../../scripts/scale/stage-load.ts';
import { TableFlow } from '../../../../scripts/scale/table-flow.ts';
import { root } from '../../../project-copy.ts';

const load: DayLoad = {
  ...{ jobs: 1_000_000, durationMs: 200, shape: 'day', queue: 'standard', tenants: 100, groups: 1_000 },
  ...{ perRequest: 1, delayed: 0, limited: false, callMs: 10, region: 'eu-central-1', seed: 1 },
};
interface Over {
  readonly load?: Partial<DayLoad>;
  readonly stage?: Partial<ScaledStage>;
  readonly executions?: number;
}
/** Everything is wide but what the test names. */
const sceneOf = (over: Over) => ({
  load: { ...load, ...over.load },
  stage: { ...widest, ...over.stage },
  account: accountOf(over.executions ?? 10_000, load.region),
});
const play = (over: Over) => simulate(sceneOf(over));
const namesOf = ({ hits }: ReturnType<typeof play>) => hits.map(({ name }) => name);

describe('a day', () => {
  test('below all limits has no queue', () => {
    const { queue, door, hits, ended } = play({ load: { jobs: 1_000_000 } });
    expect([queue.all.maximum, door.maximum, hits, ended]).toEqual([0, 0, [], daySeconds - 1]);
    expect(queue.all.jobs).toBeCloseTo(1_000_000);
  });

  test('is the same each time, and another one with another seed', () => {
    const waits = (seed: number) => play({ load: { jobs: 1e8, seed }, stage: { throttleRate: 900 } }).door;
    expect(waits(1)).toEqual(waits(1));
    expect(waits(2)).not.toEqual(waits(1));
  });

  test('has its jobs in all, most of them at noon, and a tenant of its share', () => {
    const at = arrivalsOf({ ...load, shape: 'one-tenant' });
    const all = Array.from({ length: daySeconds }, (_, second) => at(second));
    const sum = (who: 'first' | 'others') => all.reduce((total, each) => total + each[who], 0);
    expect([sum('first'), sum('others')].map(Math.round)).toEqual([900_000, 100_000]);
    const noon = at(daySeconds / 2).first / at(0).first;
    expect([noon > 7, noon < 11, at(daySeconds).first]).toEqual([true, true, 0]);
  });
});

describe('a backlog', () => {
  test('drains by concurrency divided by duration', () => {
    // Each alone in an invocation of ten seconds and some calls, of which there are 100 at a time.
    const over = {
      jobs: 12_000,
      durationMs: 10_000,
      shape: 'burst',
      queue: 'long',
      perRequest: 100,
    } as const;
    const { ended = 0, hits, queue } = play({ load: over, stage: { maximumConcurrency: 100 } });
    const rate = 100 / invocationSeconds({ ...load, ...over }, 1);
    expect(rate).toBeCloseTo(9.97, 2);
    // The first twenty seconds are for the pollers: from 5 to 100.
    expect(ended).toBeGreaterThan(12_000 / rate);
    expect(ended).toBeLessThan(12_000 / rate + 20);
    expect(hits.map(({ name }) => name)).toEqual(['pollers', 'maximumConcurrency']);
    expect(queue.all.maximum).toBeGreaterThan(12_000 / rate - 65);
  });

  test('of one tenant lets the others pass, but in groups', () => {
    const over = { jobs: 3e6, shape: 'one-tenant', durationMs: 1_000, tenants: 5 } as const;
    const stage = { maximumConcurrency: 4 };
    const { first, others } = play({ load: over, stage }).queue;
    expect([first.median > 3_600, others.maximum]).toEqual([true, 0]);
    const ordered = play({ load: { ...over, queue: 'ordered', jobs: 3e5 }, stage }).queue;
    expect(ordered.others.median).toBeGreaterThan(600);
  });

  test('is bound by the account if that is smaller, and by the number of groups', () => {
    const over = { jobs: 100_000, shape: 'burst', durationMs: 5_000, perRequest: 100 } as const;
    const small = play({ load: { ...over, jobs: 10_000, queue: 'long' }, executions: 50 });
    expect(namesOf(small)).toContain('executions');
    expect(small.highest).toBeLessThan(50 / 5);
    const { hits, highest } = play({ load: { ...over, jobs: 1_000, queue: 'ordered', groups: 20 } });
    expect(hits.map(({ name }) => name)).toContain('groups');
    expect(highest).toBeCloseTo(20 / invocationSeconds({ ...load, ...over, queue: 'ordered' }, 1));
  });
});

describe('at the door', () => {
  test('a stage lets in what its throttle says, and the rest comes again', () => {
    const { door, hits } = play({
      load: { jobs: 61_000, shape: 'burst' },
      stage: { throttleRate: 500, throttleBurst: 1_000 },
    });
    // 1,000 in the first second, and 500 in each later one: the last one gets in after 121 seconds, 61 after it came.
    expect(hits[0]).toMatchObject({ name: 'throttleRate', at: 0 });
    expect(door).toMatchObject({ jobs: expect.closeTo(61_000), maximum: 61 });
  });

  test('a hot key takes 1,000 write units a second, times listShards', () => {
    const over = { jobs: 120_000, shape: 'burst', tenants: 1, perRequest: 100 } as const;
    const [one, two] = [1, 2].map((listShards) => play({ load: over, stage: { listShards } }));
    expect(one?.hits).toMatchObject([{ name: 'listKey', at: 0, rate: 1_000 }]);
    // 120 seconds at 1,000 a second: who came last in the minute waits for another one.
    expect(one?.door.maximum).toBe(60);
    expect(two?.door.maximum).toBe(0);
  });

  test('a limit of a tenant is one key, which batches write once for twenty jobs', () => {
    const over = { jobs: 120_000, shape: 'burst', tenants: 1, limited: true } as const;
    expect(namesOf(play({ load: over }))).toEqual(['doorCounter']);
    expect(play({ load: { ...over, perRequest: 20 } }).door.maximum).toBe(0);
    expect(keysOfTenant({ limited: true, perRequest: 100 }, { listShards: 4 })).toEqual([
      { name: 'listKey', jobs: 4_000 },
      { name: 'doorCounter', jobs: 20_000 },
      { name: 'unfinishedKey', jobs: 2_000 },
    ]);
  });

  test('one tenant at its own ceiling does not hold up the others', () => {
    const { hits, door } = play({ load: { jobs: 1e8, shape: 'one-tenant' }, stage: { listShards: 1 } });
    expect(hits.map(({ name }) => name)).toEqual(['listKey']);
    expect(door.maximum).toBeGreaterThan(3_600);
  });

  test('Lambda takes ten requests a second for each execution, and adds 1,000 executions in ten seconds', () => {
    const slow = { jobs: 3_600_000, shape: 'burst', tenants: 1_000, callMs: 10_000 } as const;
    const wide = { throttleRate: 1e6, throttleBurst: 1e6, warmTable: 1e6, warmList: 1e6 };
    const scene = sceneOf({ load: { ...slow, callMs: 1_000 }, stage: wide, executions: 1e5 });
    const account = { ...scene.account, requests: 1e6, tableWrites: 1e6 };
    expect(simulate({ ...scene, account }).hits[0]).toMatchObject({ name: 'scaling' });
    const fast = {
      ...sceneOf({ load: slow, stage: wide, executions: 200 }),
      account: { ...account, executions: 200 },
    };
    const hits = simulate({
      ...fast,
      load: { ...slow, ...load, jobs: 180_000, shape: 'burst', callMs: 0 },
    }).hits;
    expect(hits[0]?.name).toBe('executionRate');
  });
});

describe('the table', () => {
  test('takes 4,000 write units at first, and twice its highest rate half an hour later', () => {
    const table = new TableFlow(4_000, 40_000);
    expect(table.takes(0)).toBe(4_000);
    for (let second = 0; second < 1_860; second += 1) table.note(second, table.takes(second));
    expect([table.takes(1_799), table.takes(1_860)]).toEqual([4_000, 8_000]);
    table.note(1_860, 30_000);
    expect(table.takes(3_720)).toBe(40_000);
    expect(new TableFlow(12_000, 10_000).takes(0)).toBe(10_000);
  });

  test('that is new takes 4,000 / 3 jobs a second, and a warm one as many as it was told', () => {
    const over = { jobs: 240_000, shape: 'burst', perRequest: 100 } as const;
    const cold = play({ load: over, stage: { warmTable: 4_000 } });
    expect(namesOf(cold)).toContain('tableWrites');
    expect(cold.ended).toBeGreaterThanOrEqual(240_000 / (4_000 / 3) - 1);
    expect(cold.ended).toBeLessThan(240_000 / (4_000 / 3) + 10);
    expect(namesOf(play({ load: over }))).not.toContain('tableWrites');
    expect(namesOf(play({ load: { ...over, jobs: 600_000 }, stage: { warmList: 4_000 } }))).toContain(
      'listWrites',
    );
  });

  test('has the heartbeats of jobs of more than twenty seconds', () => {
    const long = { jobs: 5e6, durationMs: 800_000, queue: 'long', perRequest: 100 } as const;
    const stage = { warmTable: 60 };
    const rate = (durationMs: number) =>
      play({ load: { ...long, jobs: 3_000, shape: 'burst', durationMs }, stage }).highest;
    expect(rate(19_000)).toBeGreaterThan(rate(21_000));
  });
});

describe('pollers', () => {
  test('are five at first, 300 more a minute, and at most as many as the mapping says', () => {
    const pollers = new Pollers(1_000);
    const turned = (seconds: number) => {
      for (let each = 0; each < seconds; each += 1) pollers.turn(true, 0);
      return pollers.now;
    };
    // 995 more at 5 a second: three minutes and 19 seconds.
    expect([pollers.now, turned(60), turned(138), pollers.isAtMost]).toEqual([5, 305, 995, false]);
    expect([turned(1), pollers.isAtMost, turned(10)]).toEqual([1_000, true, 1_000]);
    expect(new Pollers(5_000).isAtMost).toBe(false);
    expect(new Pollers(2).now).toBe(2);
  });

  test('go back to five, and not below what is needed', () => {
    const pollers = new Pollers(100);
    for (let each = 0; each < 30; each += 1) pollers.turn(true, 0);
    for (let each = 0; each < 30; each += 1) pollers.turn(false, 42);
    expect(pollers.now).toBe(42);
    for (let each = 0; each < 30; each += 1) pollers.turn(false, 1);
    expect(pollers.now).toBe(5);
  });
});

describe('jobs that wait for their time', () => {
  test('fire at 1,000 a second at most, an hour later', () => {
    const { ended, hits, queue } = play({
      load: { jobs: 300_000, shape: 'burst', perRequest: 100, delayed: 1 },
    });
    // 5,000 a second come in for a minute, and 1,000 a second fire for 300 s.
    expect(hits).toMatchObject([{ name: 'invocations', at: 3_600, rate: 1_000 }]);
    expect(ended).toBe(3_600 + 299);
    expect(queue.all).toMatchObject({ median: 120, maximum: 240 });
  });

  test('wait for admission, and for a schedule', () => {
    const burst = { jobs: 360_000, shape: 'burst', perRequest: 100, delayed: 1 } as const;
    const hits = namesOf(play({ load: burst, stage: { admissionConcurrency: 2 } }));
    expect(hits).toEqual(['createSchedule', 'admissionConcurrency']);
    expect(namesOf(play({ load: { ...burst, jobs: 60_000 } }))).toEqual([]);
  });
});

describe('ceilings', () => {
  const of = (over: Over) =>
    Object.fromEntries(
      ceilingsOf(sceneOf(over)).map(({ of: what, jobs, perSecond }) => [`${what}, ${jobs}`, perSecond]),
    );

  test('are what can be computed by hand', () => {
    const found = of({ stage: readStage(root, 'default'), executions: 1_000 });
    const batch = 0.2 + 0.02 + (10 * 1.2 * 1_769) / 1_024 / 1_000;
    expect(found).toMatchObject({
      'requests (`throttleRate`), all': 500,
      'writes of the table, in its first half hour, all': 4_000 / 3,
      'writes of the index of lists, in its first half hour, all': 4_000,
      "the parts of a tenant's list (`listShards`), all": 1_000,
      '`maximumConcurrency`, on `standard`': expect.closeTo((10 * 10) / batch),
      'the 16 parts of the index of waits, that wait for more than 15 minutes, or for others': 8_000,
      "Lambda's requests, ten for each execution, all": expect.closeTo(10_000 / 1.1),
      "Lambda's executions, all": expect.closeTo(1_000 / (submitSeconds(load) + batch / 10)),
    });
  });

  test('are no lower with the widest parameters', () => {
    const [narrow, wide] = [of({ stage: readStage(root, 'default'), executions: 1_000 }), of({})];
    for (const [name, perSecond] of Object.entries(narrow))
      expect(wide[name]).toBeGreaterThanOrEqual(perSecond);
  });

  test('of the model are those that are computed: a stage runs as many jobs as the lowest one says', () => {
    const stage = {
      ...readStage(root, 'default'),
      throttleRate: 10_000,
      throttleBurst: 5_000,
      listShards: 64,
    };
    const { '`maximumConcurrency`, on `standard`': ceiling = 0 } = of({ stage });
    expect(play({ load: { jobs: 1e6, shape: 'burst' }, stage }).highest).toBeCloseTo(ceiling);
  });
});

describe('published limits', () => {
  test('have a page, and what the figure was compared with', () => {
    for (const name of limitNames)
      for (const region of regions) {
        const { figure, page, compared } = limitOf(name, region);
        expect([figure > 0, page.startsWith('https://docs.aws.amazon.com/'), compared.length > 5]).toEqual([
          true,
          true,
          true,
        ]);
      }
  });

  test('differ by region where AWS says so, and say what nobody has found', () => {
    expect(regions.map((region) => figureOf('orderedCalls', region))).toEqual([70_000, 19_000]);
    expect(unverified()).toHaveLength(2);
  });
});

describe('parts of the model', () => {
  test('a line gives the oldest first, and notes what it has', () => {
    const line = new Line();
    line.add(5, 1);
    line.add(5, 2);
    expect(line.take(7)).toEqual([
      { at: 1, amount: 5 },
      { at: 2, amount: 2 },
    ]);
    expect([line.length, line.take(10), line.length]).toEqual([3, [{ at: 2, amount: 3 }], 0]);
  });

  test('waits have their median, their p99 and their maximum', () => {
    const waits = new Waits();
    waits.note(0, 60);
    waits.note(9, 39);
    waits.note(100, 1);
    expect(waits.figures).toEqual({ jobs: 100, median: 0, p99: 9, maximum: 100 });
  });

  test('a bucket has a burst, and then its rate', () => {
    const bucket = new Bucket(500, 1_000);
    const rooms = [bucket.room];
    bucket.take(1_000);
    rooms.push(bucket.room);
    bucket.take(0);
    expect([...rooms, bucket.room]).toEqual([1_000, 500, 1_000]);
  });

  test('figures are short', () => {
    expect([0.25, 4.27, 1_334, 90_909].map(amount)).toEqual(['0.3', '4.3', '1,330', '90,900']);
    expect([0, 60, 3_600, 9_000].map(duration)).toEqual(['< 1 s', '60 s', '60 min', '2.5 h']);
    expect(clock(3_660)).toBe('01:01');
    expect(
      columns([
        ['a', '1'],
        ['bc', '22'],
      ]),
    ).toEqual(['a    1', 'bc  22']);
  });
});

describe('npm run scale', () => {
  const run = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, ['scripts/scale.ts', ...args], { cwd: root });

  test('says how long jobs wait, what holds them back first, what to change, and what is not verified', async () => {
    const { stdout } = await run('--jobs', '60000', '--shape', 'burst', '--set', 'throttleRate=100');
    for (const text of [
      'outside, refused',
      'throttleRate: from 00:00',
      'Change: throttleRate',
      'Ceilings',
      'Not verified:',
    ])
      expect(stdout).toContain(text);
  });

  test('gives programs the same, in JSON, with the parameters of the stage', async () => {
    const { stdout } = await run(
      '--json',
      '--stage',
      'prod',
      '--shape',
      'one-tenant',
      '--duration',
      '5s',
      '--set',
      'warmThroughput=list=12000/9000',
    );
    const shape = z.object({
      stage: z.object({
        maximumConcurrency: z.literal(100),
        warmTable: z.literal(4_000),
        warmList: z.literal(9_000),
      }),
      hours: z.array(z.object({ hour: z.number(), jobs: z.number(), p99: z.number() })),
      hits: z.array(z.object({ name: z.string(), change: z.string() })),
      ceilings: z.array(z.object({ of: z.string(), perSecond: z.number() })),
    });
    expect(shape.parse(JSON.parse(stdout)).hours).toHaveLength(24);
  });

  test.each([
    [['--jobs', '0'], 'It is a whole number from 1 to 10,000,000,000.'],
    [['--shape', 'week'], 'Allowed choices are day, burst, one-tenant.'],
    [['--delayed', '2'], 'It is a number from 0 to 1'],
    [['--duration', '2h'], 'up to 880s'],
    [['--duration', '60s'], 'use --queue long'],
    [['--stage', 'local'], 'known on its machine alone'],
    [['--set', 'watch=off'], `--set takes ${scaledParameters.join(', ')}`],
    [['--set', 'listShards=100'], 'listShards is "100". Use a whole number, 1 to 64.'],
  ])('refuses %j, with 2', async (args, expected) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(expected) });
  });
});
