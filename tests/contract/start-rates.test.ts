import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { StartRate, StartRates } from '../../shared/domain/state/limits/start-rate.ts';
import { startRatesIn } from '../../shared/domain/state/limits/start-rates.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import { inMemoryStartRates } from '../../testkit/fakes/in-memory-start-rates.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

let count = 0;
const aRate = (rate: Partial<StartRate> = {}): StartRate => {
  count += 1;
  return { key: `key ${count}, with ü and "quotes"`, perSecond: 1, burst: 1, ...rate };
};

const [hourMs, dayMs] = [3_600_000, 86_400_000];

/**
 * What start rates do, on the in-memory fake and on the DynamoDB adapter with the emulator. `ratesOf` makes those of another process,
 * `expire` removes what TTL may remove by then, epoch milliseconds.
 */
function describeStartRates(
  name: string,
  ratesOf: () => StartRates,
  expire: (now: number) => Promise<void>,
): void {
  describe(`${name} as StartRates`, () => {
    const afterT0 = (at: number | undefined) => at && at - t0;
    const at = async (start: ReturnType<StartRates['take']>) => (await start)?.at;
    /** The starts that are taken one after another, in milliseconds from the first moment. */
    const taken = async (rates: StartRates, rate: StartRate, ...seconds: readonly number[]) => {
      const starts: (number | undefined)[] = [];
      for (const second of seconds) starts.push(afterT0((await rates.take(rate, t0 + second * 1000))?.at));
      return starts;
    };

    test('gives starts that are an interval apart, and none that is more than two seconds ahead', async () => {
      const rate = aRate();
      expect(await taken(ratesOf(), rate, 0, 0, 0, 0, 0.5, 1.5, 9, 9.5)).toEqual([
        0,
        1_000,
        2_000,
        undefined,
        undefined,
        3_000,
        9_000,
        10_000,
      ]);
    });

    test('lets as many start at once as the burst says, after a while without a start', async () => {
      const rate = aRate({ burst: 3 });
      expect(await taken(ratesOf(), rate, 0, 0, 0, 0, 60, 60, 60, 60)).toEqual([
        0, 0, 0, 1_000, 60_000, 60_000, 60_000, 61_000,
      ]);
    });

    test('an interval of less than a millisecond is exact', async () => {
      const rate = aRate({ perSecond: 1_000 });
      const rates = ratesOf();
      const starts = await taken(rates, rate, ...Array.from({ length: 100 }, () => 0));
      expect(starts).toEqual(Array.from({ length: 100 }, (_, place) => place));
    });

    test('keys have starts and turns each', async () => {
      const [one, other] = [aRate(), aRate()];
      const rates = ratesOf();
      expect([await at(rates.take(one, t0)), await at(rates.take(other, t0))]).toEqual([t0, t0]);
      expect([await rates.join(one, t0), await rates.join(other, t0)]).toEqual([t0 + 1_000, t0 + 1_000]);
    });

    test('gives turns behind the starts that are taken, an interval apart', async () => {
      const rate = aRate();
      const rates = ratesOf();
      await taken(rates, rate, 0, 0);
      expect(rates.hasLine(rate, t0)).toBe(false);
      const turns = [
        await rates.join(rate, t0),
        await rates.join(rate, t0 + 100),
        await rates.join(rate, t0),
      ];
      expect(turns.map(afterT0)).toEqual([2_000, 3_000, 4_000]);
      expect(rates.hasLine(rate, t0)).toBe(true);
      expect(rates.hasLine(rate, t0 + 5_000)).toBe(false);
      expect(afterT0(await rates.join(rate, t0 + 9_000))).toBe(9_000);
    });

    test('who has had a turn waits for the next start, and not for the turns of others', async () => {
      const rate = aRate();
      const rates = ratesOf();
      await taken(rates, rate, 0, 0);
      await rates.join(rate, t0);
      await rates.join(rate, t0);
      expect([rates.nextStart(rate, t0), rates.nextInTurn(rate, t0)].map(afterT0)).toEqual([4_000, 2_000]);
      expect(afterT0(rates.nextInTurn(rate, t0 + 9_000))).toBe(9_000);
    });

    test('takes back a start, and the next one gets it', async () => {
      const rate = aRate({ perSecond: 0.1, burst: 2 });
      const rates = ratesOf();
      const starts = [await rates.take(rate, t0), await rates.take(rate, t0)];
      const [, second] = starts;
      if (!second) throw new Error('there is no start');
      expect(await taken(rates, rate, 1)).toEqual([undefined]);
      await rates.giveBack(rate, second);
      expect(await taken(rates, rate, 1, 1)).toEqual([1_000, undefined]);
    });

    test.each([
      ['another start was taken since', 1],
      ['another one was given back since, and taken again', 2],
    ])('does not take back a start if %s', async (_what, which) => {
      const rate = aRate({ perSecond: 0.1, burst: 3 });
      const rates = ratesOf();
      const own = await rates.take(rate, t0);
      const other = which === 2 ? own : await rates.take(rate, t0);
      if (!own || !other) throw new Error('there is no start');
      if (which === 2) {
        await rates.giveBack(rate, other);
        expect((await rates.take(rate, t0))?.arrivesAt).toBe(own.arrivesAt);
      }
      await rates.giveBack(rate, own);
      const left = which === 2 ? [0, 0, undefined] : [0, undefined];
      expect(await taken(rates, rate, ...left.map(() => 0))).toEqual(left);
    });

    test('knows the next start, behind those who wait', async () => {
      const rate = aRate({ burst: 2 });
      const rates = ratesOf();
      const next = () => afterT0(rates.nextStart(rate, t0));
      const seen = [next()];
      for (let count = 0; count < 3; count += 1) {
        await rates.take(rate, t0);
        seen.push(next());
      }
      await rates.join(rate, t0);
      expect([...seen, next()]).toEqual([0, 0, 1_000, 2_000, 3_000]);
    });

    test.each([
      ['one a day', { perSecond: 1 / 86_400 }, 1],
      ['one in five hours', { perSecond: 1 / 18_000 }, 5],
      ['three at once, and one in ten hours', { perSecond: 1 / 36_000, burst: 3 }, 5],
    ])('of %s no more start in a day, although TTL removes what it may', async (_what, limit, most) => {
      const rate = aRate(limit);
      let started = 0;
      for (let hour = 0; hour < 24; hour += 1) {
        const now = t0 + hour * hourMs;
        await expire(now);
        if (await ratesOf().take(rate, now)) started += 1;
      }
      expect(started).toBe(most);
    });

    test('TTL removes nothing that a process remembers whose clock is ten minutes behind', async () => {
      const rate = aRate({ perSecond: 1 / 3_600 });
      expect(await taken(ratesOf(), rate, 0)).toEqual([0]);
      const now = t0 + hourMs - 5 * 60_000;
      await expire(now + 10 * 60_000);
      expect(await ratesOf().take(rate, now)).toBeUndefined();
    });

    test('TTL removes no turn that is ahead, also if another process did not know how long the line was', async () => {
      const rate = aRate({ perSecond: 1 / 36_000 });
      const [one, other] = [ratesOf(), ratesOf()];
      const turns = [await one.join(rate, t0), await other.join(rate, t0)];
      for (let count = 0; count < 4; count += 1) turns.push(await one.join(rate, t0));
      // What it has seen last is two days behind.
      turns.push(await other.join(rate, t0));
      await expire(t0 + 2.5 * dayMs);
      turns.push(await ratesOf().join(rate, t0 + 2.5 * dayMs));
      expect(turns.map((turn) => (turn - t0) / (10 * hourMs))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    });

    test('of those who take starts and turns at the same time no two have the same', async () => {
      const rate = aRate({ perSecond: 10 });
      const rates = ratesOf();
      const many = Array.from({ length: 15 });
      const starts = await Promise.all(many.map(() => at(rates.take(rate, t0))));
      const turns = await Promise.all(many.map(() => rates.join(rate, t0)));
      expect(new Set(starts).size).toBe(15);
      expect(new Set(turns).size).toBe(15);
    });

    describe('in a strict line', () => {
      /** Lasts a minute if nobody ends it. */
      const call = (id: string, second: number) => {
        const now = t0 + second * 1000;
        return { id, now, heldUntil: now + 60_000 };
      };
      const end = (rates: StartRates, { key }: StartRate, id: string, second: number) =>
        rates.endCall(key, id, { nextAt: t0 + second * 1000, tookMs: 300 });

      test('one call is made at a time, and the next one begins when the end of the one before says', async () => {
        const { key, ...rate } = aRate();
        const rates = ratesOf();
        expect(await rates.beginCall(key, call('a', 0))).toBe(true);
        expect(await rates.beginCall(key, call('b', 5))).toBe(false);
        expect(rates.callLine(key)).toMatchObject({ nextAt: t0 + 60_000, isBusy: true });
        await end(rates, { key, ...rate }, 'a', 7);
        expect(rates.callLine(key)).toEqual({ nextAt: t0 + 7_000, tookMs: 300, isBusy: false });
        expect(await rates.beginCall(key, call('b', 6.999))).toBe(false);
        expect(await rates.beginCall(key, call('b', 7))).toBe(true);
      });

      test('another process sees the same', async () => {
        const rate = aRate();
        const [one, other] = [ratesOf(), ratesOf()];
        await one.beginCall(rate.key, call('a', 0));
        expect(await other.beginCall(rate.key, call('b', 1))).toBe(false);
        await end(one, rate, 'a', 2);
        expect(await other.beginCall(rate.key, call('b', 1.5))).toBe(false);
        expect(other.callLine(rate.key)).toEqual({ nextAt: t0 + 2_000, tookMs: 300, isBusy: false });
        expect(await other.beginCall(rate.key, call('b', 2))).toBe(true);
      });

      test('a call that nobody ends stops the line until its lease ends, and cannot end the next one', async () => {
        const rate = aRate();
        const rates = ratesOf();
        await rates.beginCall(rate.key, call('dead', 0));
        expect(await rates.beginCall(rate.key, call('b', 59.999))).toBe(false);
        expect(await rates.beginCall(rate.key, call('b', 60))).toBe(true);
        await end(rates, rate, 'dead', 1);
        expect(await rates.beginCall(rate.key, call('c', 61))).toBe(false);
      });

      test('a request that is carried out twice, or late, changes nothing', async () => {
        const rate = aRate();
        const rates = ratesOf();
        for (const _ of [1, 2]) expect(await ratesOf().beginCall(rate.key, call('a', 0))).toBe(true);
        for (const _ of [1, 2]) await end(rates, rate, 'a', 2);
        expect(await ratesOf().beginCall(rate.key, call('a', 0))).toBe(false);
        expect(await rates.beginCall(rate.key, call('b', 2))).toBe(true);
        await end(rates, rate, 'a', 2);
        expect(await ratesOf().beginCall(rate.key, call('a', 0))).toBe(false);
        expect(await rates.beginCall(rate.key, call('c', 3))).toBe(false);
      });

      test('of those who begin at the same time one does', async () => {
        const { key } = aRate();
        const rates = ratesOf();
        const begun = await Promise.all([...'abcdefgh'].map((id) => rates.beginCall(key, call(id, 0))));
        expect(begun.filter(Boolean)).toHaveLength(1);
      });

      test('TTL removes no line that stops calls', async () => {
        const rate = aRate();
        await ratesOf().beginCall(rate.key, call('a', 0));
        await end(ratesOf(), rate, 'a', 7_200);
        await expire(t0 + 7_200_000);
        expect(await ratesOf().beginCall(rate.key, call('b', 7_199))).toBe(false);
      });
    });
  });
}

{
  const table = new InMemoryRecords();
  const another = () => inMemoryStartRates(table);
  describeStartRates('inMemoryStartRates', another, async (now) => another().expire(now));
}

describe('on the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  const another = () => startRatesIn(dynamoDbRecords(aws.dynamoDb, aws.env));
  const items = async () => {
    const input = { TableName: aws.env.TABLE_NAME, ConsistentRead: true };
    return (await aws.dynamoDb.send(new ScanCommand(input))).Items ?? [];
  };
  const expire = async (now: number) => {
    const { TABLE_NAME: TableName } = aws.env;
    for (const { id = { S: '' }, expiresAt } of await items())
      if (Number(expiresAt?.N) * 1000 <= now)
        await aws.dynamoDb.send(new DeleteItemCommand({ TableName, Key: { id } }));
  };
  describeStartRates('dynamoDbStartRates', another, expire);

  test('TTL removes what is over within days, also of a limit that lets ten thousand start at once', async () => {
    const rate = aRate({ perSecond: 1 / 86_400, burst: 10_000 });
    await another().take(rate, t0);
    await another().join(rate, t0);
    await expire(t0 + 15 * dayMs);
    expect(await items()).toEqual([]);
  });

  test('processes that know nothing of each other share starts and turns', async () => {
    const rate = aRate();
    const starts = [await another().take(rate, t0), await another().take(rate, t0)];
    expect(starts).toMatchObject([{ at: t0 }, { at: t0 + 1_000 }]);
    const knowing = another();
    expect(await knowing.take(rate, t0)).toMatchObject({ at: t0 + 2_000 });
    expect(await knowing.join(rate, t0)).toBe(t0 + 3_000);
    expect(await another().join(rate, t0)).toBe(t0 + 4_000);
    expect(await another().take(rate, t0)).toBeUndefined();
  });

  test('a table that does not answer is unavailable', async () => {
    const rates = startRatesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    await expect(rates.take(aRate(), t0)).rejects.toThrow(StoreUnavailableError);
    await expect(rates.join(aRate(), t0)).rejects.toThrow(StoreUnavailableError);
    const start = { at: t0, arrivesAt: t0 * 1000, givenBack: 0 };
    await expect(rates.giveBack(aRate(), start)).rejects.toThrow(StoreUnavailableError);
  });
});
