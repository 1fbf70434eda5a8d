import { describe, expect, test } from '@jest/globals';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import { ratesIn } from '../../../../../shared/domain/access/rates.ts';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { chargesBy } from '../../../../../shared/operations/doors/charge-jobs.ts';
import { ShareDoor } from '../../../../../shared/operations/doors/share-door.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { SeededRandom } from '../../../../../testkit/play/seeded-random.ts';
import { CountedRecords } from '../../../../set-ups/counted-records.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

const tenant = 'a tenant';
/** Of a stage whose `throttleRate` is as in serverless.yml. */
const writesPerSecond = 250;

/** A stage with a share, and how many its item was asked for, call by call. */
function aSharedStage(stageLimits = { writesPerSecond }) {
  const world = aDoor(stageLimits);
  const asked: number[] = [];
  const take = world.rates.take.bind(world.rates);
  world.rates.take = (arrivals) => {
    asked.push(arrivals.wanted);
    return take(arrivals);
  };
  const takenOf = async (wanted: number) => (await world.shareDoor.letIn(tenant, wanted)).taken;
  /** One after another. @returns how many come in */
  const send = async (requests: number) => {
    let taken = 0;
    for (let request = 1; request <= requests; request += 1) taken += await takenOf(1);
    return taken;
  };
  return { ...world, asked, takenOf, send };
}

describe('the share of a tenant', () => {
  test('five a second ask nobody, for as long as they come, and so do twenty at once', async () => {
    const { send, asked, clock } = aSharedStage();
    expect(await send(20)).toBe(20);
    await clock.advance(4_000);
    for (let second = 0; second < 600; second += 1) {
      expect(await send(5)).toBe(5);
      await clock.advance(1_000);
    }
    expect(asked).toEqual([]);
  });

  test('who sends more asks once for twenty-five, and nobody after a few quiet seconds', async () => {
    const { send, asked, clock } = aSharedStage();
    expect(await send(20 + 26)).toBe(46);
    expect(asked).toEqual([25, 25]);
    await clock.advance(1_000);
    await send(24);
    expect(asked).toEqual([25, 25]);
    await clock.advance(5_000);
    asked.length = 0;
    await send(20);
    expect(asked).toEqual([]);
  });

  test('a batch asks once, for all of its jobs', async () => {
    const { takenOf, asked } = aSharedStage();
    for (let batch = 1; batch <= 3; batch += 1) expect(await takenOf(100)).toBe(100);
    expect(asked).toEqual([100, 100, 100]);
  });

  test('what was not used of a block is used first', async () => {
    const { takenOf, asked } = aSharedStage();
    await takenOf(21);
    await takenOf(100);
    expect(asked).toEqual([25, 96]);
  });

  test('200,000 at most are saved up; then the first ones come in that fit, and the others hear of the command', async () => {
    const { takenOf, shareDoor, clock } = aSharedStage();
    expect(await takenOf(300_000)).toBe(180_000);
    await clock.advance(1_000);
    expect(await takenOf(1_000)).toBe(250);
    await clock.advance(86_400_000);
    expect(await takenOf(10_000)).toBe(10_000);
    await clock.advance(70_000);
    expect(await takenOf(300_000)).toBeLessThanOrEqual(200_000);
    const { refusal } = await shareDoor.letIn(tenant, 1);
    expect(refusal).toBeInstanceOf(LimitExceededError);
    expect(refusal).toMatchObject({
      exceeded: { limit: 'writesPerSecond', max: 250, windowSeconds: 1, retryAfterSeconds: 1 },
      message:
        'The tenant has used up its limit `writesPerSecond`, which is 250. Try again after 1 second. An operator of the stage raises it: npm run -s keys -- limits --stage STAGE --tenant TENANT --writes-per-second NUMBER',
    });
    await expect(shareDoor.pass(tenant)).rejects.toThrow(LimitExceededError);
  });

  test('who is refused asks again after a second, and costs no call before', async () => {
    const { takenOf, send, asked, clock } = aSharedStage();
    await takenOf(300_000);
    asked.length = 0;
    expect(await send(400)).toBe(0);
    await clock.advance(999);
    expect([await send(1), asked]).toEqual([0, []]);
    await clock.advance(1);
    expect([await send(300), asked]).toEqual([250, Array(11).fill(25)]);
  });

  test('tenants have a share each, some another one or none, and a stage that says nothing has none', async () => {
    const { shareDoor, own, asked } = aSharedStage();
    own.set('with more', { writesPerSecond: 1_000 });
    own.set('without', { writesPerSecond: 'none' });
    const takenOf = async (each: string) => (await shareDoor.letIn(each, 10_000_000)).taken;
    expect(await takenOf(tenant)).toBe(180_000);
    expect(await takenOf('another')).toBe(180_000);
    expect(await takenOf('with more')).toBe(180_000);
    expect([await takenOf('without'), asked.length]).toEqual([10_000_000, 3]);
    expect((await aDoor().shareDoor.letIn(tenant, 10_000_000)).taken).toBe(10_000_000);
  });

  test('a table that does not answer lets them in, and is asked again after a block', async () => {
    const { send, takenOf, rates, log } = aSharedStage();
    let calls = 0;
    rates.take = async () => {
      calls += 1;
      throw new StoreUnavailableError('the rate of a tenant could not be read or written');
    };
    expect([await send(20 + 50), await takenOf(1_000), calls]).toEqual([70, 1_000, 3]);
    expect(log.lines.map(({ level, message }) => [level, message])).toEqual(
      Array(3).fill(['warn', 'share of a tenant not counted']),
    );
  });

  test('an import of 100,000 rows in batches of a hundred asks once a batch, and is refused nothing', async () => {
    const { takenOf, asked, clock } = aSharedStage();
    for (let batch = 1; batch <= 1_000; batch += 1) {
      expect(await takenOf(100)).toBe(100);
      await clock.advance(100);
    }
    expect(asked).toEqual(Array(1_000).fill(100));
  });

  test('100,000 children, jobs that jobs submit, and thirty people with a page open cost no call', async () => {
    const { door, jobsDoor, log, rates, asked } = aSharedStage();
    const nobody = async () => Promise.reject(new Error('nobody asks'));
    Object.assign(rates, { read: nobody, charge: nobody });
    const charges = chargesBy({ door, log });
    for (const jobs of [100_000, 1, 1]) await charges.charge(tenant, jobs);
    for (let person = 1; person <= 30; person += 1) {
      await door.pass({ tenant, limit: 'requestsPerSecond', wanted: 1 });
      await door.requireRoom(tenant, 'readUnitsPerMinute');
      await door.charge({ tenant, limit: 'readUnitsPerMinute', wanted: 500 });
      await jobsDoor.look(tenant);
    }
    expect([asked, log.lines]).toEqual([[], []]);
  });

  test('is shown without what is left of it, which costs no call', async () => {
    const { door, rates, asked } = aSharedStage();
    rates.read = async () => Promise.reject(new Error('nobody reads it'));
    expect(await door.look(tenant)).toEqual({ writesPerSecond: { max: 250 } });
    expect(asked).toEqual([]);
  });
});

interface Played {
  readonly jobsADay: number;
  readonly from: number;
  readonly seconds: number;
  /** Of a request: more of them work at the same time, each of which counts for itself. */
  readonly requestMs: number;
  readonly choose: 'any' | 'the first';
}

/** Plays submissions of one tenant in the shape of a day, in processes that do one request at a time, as Lambda has them. */
async function playDay({ jobsADay, from, seconds, requestMs, choose }: Played) {
  const [table, log, random] = [new CountedRecords(), recordedLog(), new SeededRandom(7)];
  let now = t0;
  const limiting = { limits: { limitsOf: async () => ({}) }, stageLimits: { writesPerSecond } };
  const processes: { busyTo: number; readonly door: ShareDoor }[] = [];
  const aProcess = () => {
    const rates = ratesIn(table);
    const added = { busyTo: 0, door: new ShareDoor({ ...limiting, rates, log, clock: { now: () => now } }) };
    processes.push(added);
    return added;
  };
  const played = { requests: 0, refused: 0 };
  for (let second = from; second < from + seconds; second += 1) {
    // A day that has its peak at noon, 1.8 times the mean.
    const mean = (jobsADay / 86_400) * (1 - 0.8 * Math.cos((2 * Math.PI * second) / 86_400));
    const next = () => -Math.log(1 - random.fraction()) / mean;
    for (let at = next(); at < 1; at += next()) {
      now = t0 + Math.round((second + at) * 1_000);
      const free = processes.filter(({ busyTo }) => busyTo <= now);
      const one = free[choose === 'any' ? random.below(Math.max(1, free.length)) : 0] ?? aProcess();
      one.busyTo = now + requestMs;
      played.requests += 1;
      if ((await one.door.letIn(tenant, 1)).refusal) played.refused += 1;
    }
  }
  return { ...played, calls: table.calls, warnings: log.lines.length };
}

const noon = 43_200;

describe('a day, played', () => {
  test.each([
    { of: 'at noon', from: noon, requestMs: 50, choose: 'any' },
    {
      of: 'at noon, where as few processes as possible work',
      from: noon,
      requestMs: 50,
      choose: 'the first',
    },
    { of: 'at noon, of slow requests', from: noon, requestMs: 250, choose: 'any' },
    { of: 'at six in the morning', from: noon / 2, requestMs: 50, choose: 'any' },
    { of: 'at midnight', from: 0, requestMs: 50, choose: 'any' },
  ] as const)('ten million jobs, $of, are refused none, and cost a write for twenty', async (how) => {
    const { requests, refused, calls, warnings } = await playDay({
      jobsADay: 10_000_000,
      seconds: 300,
      ...how,
    });
    expect([refused, warnings]).toEqual([0, 0]);
    expect(calls.writes * 20).toBeLessThanOrEqual(requests);
    expect(calls.reads).toBeLessThan(requests / 100);
  });

  test('a hundred thousand jobs cost no call', async () => {
    const played = await playDay({
      jobsADay: 100_000,
      from: noon,
      seconds: 3_600,
      requestMs: 250,
      choose: 'the first',
    });
    expect(played).toMatchObject({ refused: 0, calls: { reads: 0, writes: 0 } });
    expect(played.requests).toBeGreaterThan(5_000);
  });
});
