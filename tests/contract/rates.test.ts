import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromAttributes, toAttributes } from '../../shared/aws/records/attribute-value.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import type { Rates } from '../../shared/domain/access/ports.ts';
import { distanceOf, microsOf, type Rate } from '../../shared/domain/access/rate.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { tenantKeyOf } from '../../shared/domain/base/tenant-key.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { inMemoryRates } from '../../testkit/fakes/in-memory-rates.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

const limit = 'jobsPerMinute';

let count = 0;
const aTenant = () => {
  count += 1;
  return `tenant ${count}`;
};

/** What rates do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeRates(name: string, ratesOf: () => Rates): void {
  describe(`${name} as Rates`, () => {
    /** How many come in. */
    const takenOf = async (tenant: string, wanted: number, rate: Omit<Rate, 'limit'>) =>
      (await ratesOf().take({ tenant, limit, wanted, ...rate })).taken;

    test('lets in the jobs of a minute, and then one with each interval', async () => {
      const tenant = aTenant();
      const at = (seconds: number) => ({ max: 4, now: t0 + seconds * 1000 });
      const taken: number[] = [];
      for (const [wanted, seconds] of [
        [1, 0],
        [2, 0],
        [1, 1],
        [1, 1],
        [1, 14],
        [1, 15],
        [1, 16],
        [9, 300],
      ] as const)
        taken.push(await takenOf(tenant, wanted, at(seconds)));
      expect(taken).toEqual([1, 2, 1, 0, 0, 1, 0, 4]);
    });

    test('lets in the largest number that fits, and says up to when', async () => {
      const tenant = aTenant();
      const rate = { limit, max: 60, now: t0 } as const;
      const micros = (jobs: number) => microsOf(t0) + distanceOf(jobs, rate);
      expect(await ratesOf().read({ tenant, limit })).toBe(0);
      expect(await ratesOf().take({ tenant, wanted: 50, ...rate })).toEqual({
        taken: 50,
        arrivesAt: micros(50),
      });
      expect(await ratesOf().read({ tenant, limit })).toBe(micros(50));
      expect(await ratesOf().take({ tenant, wanted: 50, ...rate })).toEqual({
        taken: 10,
        arrivesAt: micros(60),
      });
      expect(await ratesOf().take({ tenant, wanted: 1, ...rate })).toEqual({
        taken: 0,
        arrivesAt: micros(60),
      });
      expect(await ratesOf().read({ tenant, limit })).toBe(micros(60));
    });

    test('tenants have a rate each', async () => {
      const [one, other] = [aTenant(), aTenant()];
      const rate = { max: 1, now: t0 };
      expect(await takenOf(one, 1, rate)).toBe(1);
      expect(await takenOf(other, 1, rate)).toBe(1);
      expect(await takenOf(one, 1, rate)).toBe(0);
    });

    test('of a limit by host, each host has a rate of its own', async () => {
      const tenant = aTenant();
      const rate = { limit: 'webhooksPerMinute', max: 1, now: t0 } as const;
      const take = async (host: string) => (await ratesOf().take({ tenant, host, wanted: 1, ...rate })).taken;
      const hosts = ['a.example', 'b.example', 'a.example'.padStart(3_000, 'a.')];
      for (const host of hosts) expect(await take(host)).toBe(1);
      for (const host of hosts) expect(await take(host)).toBe(0);
      const read = (host: string) => ratesOf().read({ tenant, host, limit: 'webhooksPerMinute' });
      expect(await read('a.example')).toBe(microsOf(t0) + 60_000_000);
      expect(await read('c.example')).toBe(0);
    });

    test('another limit counts from now on', async () => {
      const tenant = aTenant();
      expect(await takenOf(tenant, 30, { max: 60, now: t0 })).toBe(30);
      expect(await takenOf(tenant, 9, { max: 6, now: t0 })).toBe(3);
      expect(await takenOf(tenant, 1, { max: 600, now: t0 })).toBe(0);
      expect(await takenOf(tenant, 9, { max: 600, now: t0 + 1_000 })).toBe(9);
    });

    test('what comes in as a whole does so, or uses up nothing', async () => {
      const tenant = aTenant();
      const rate = { limit, max: 10, now: t0 } as const;
      const taken = async (wanted: number) =>
        (await ratesOf().take({ tenant, wanted, isWhole: true, ...rate })).taken;
      expect([await taken(7), await taken(4), await taken(3), await taken(1)]).toEqual([7, 0, 3, 0]);
    });

    test('large numbers and long windows are as exact', async () => {
      const tenant = aTenant();
      const gigabytes = (count: number) => count * 1_000_000_000;
      const rate = { limit: 'uploadBytesPerDay', max: gigabytes(100), now: t0, isWhole: true } as const;
      const taken = async (wanted: number) => (await ratesOf().take({ tenant, wanted, ...rate })).taken;
      for (let upload = 1; upload <= 20; upload += 1) expect(await taken(gigabytes(5))).toBe(gigabytes(5));
      expect(await taken(1)).toBe(0);
    });

    test('the limits of a tenant have a rate each', async () => {
      const tenant = aTenant();
      const rate = { max: 1, now: t0, wanted: 1, tenant } as const;
      for (const each of ['uploadsPerDay', 'requestsPerSecond', limit] as const)
        expect((await ratesOf().take({ ...rate, limit: each })).taken).toBe(1);
    });

    test('what is charged uses up its part, and a window more than there is at most', async () => {
      const tenant = aTenant();
      const rate = { limit, max: 60, now: t0 } as const;
      const charged = async (wanted: number) => {
        await ratesOf().charge({ tenant, wanted, ...rate });
        return ((await ratesOf().read({ tenant, limit })) - microsOf(t0)) / 1_000_000;
      };
      expect([await charged(20), await charged(70), await charged(900), await charged(1)]).toEqual([
        20, 90, 120, 120,
      ]);
      expect(await takenOf(tenant, 1, rate)).toBe(0);
      expect(await takenOf(tenant, 1, { max: 60, now: t0 + 60_000 })).toBe(0);
      expect(await takenOf(tenant, 9, { max: 60, now: t0 + 63_000 })).toBe(3);
      const other = aTenant();
      await ratesOf().charge({ tenant: other, wanted: 1_000, ...rate });
      expect(await ratesOf().read({ tenant: other, limit })).toBe(microsOf(t0) + 120_000_000);
    });

    test('the share of a tenant saves up more than a second, and lags behind before it begins anew', async () => {
      const tenant = aTenant();
      const take = async (wanted: number, seconds: number) => {
        const rate = { limit: 'writesPerSecond', max: 250, now: t0 + seconds * 1_000 } as const;
        const { taken, arrivesAt } = await ratesOf().take({ tenant, wanted, ...rate });
        return [taken, (arrivesAt - microsOf(t0)) / 1_000_000];
      };
      // 20,000 of 200,000 are a lag of 80 seconds.
      expect(await take(25, 0)).toEqual([25, 0.1]);
      expect(await take(25, 80)).toEqual([25, 0.2]);
      expect(await take(25, 80.25)).toEqual([25, 80.35]);
      expect(await take(300_000, 160)).toEqual([199_912, 879.998]);
      expect(await take(25, 160)).toEqual([0, 879.998]);
      expect(await take(25, 160.04)).toEqual([10, 880.038]);
      expect(await take(300_000, 10_000)).toEqual([180_000, 10_720]);
    });

    test('a part of one is charged as a part', async () => {
      const tenant = aTenant();
      const rate = { limit: 'runningSecondsPerHour', max: 3_600, now: t0 } as const;
      for (const wanted of [0.25, 1.5, 0.001]) await ratesOf().charge({ tenant, wanted, ...rate });
      expect(await ratesOf().read({ tenant, limit: rate.limit })).toBe(microsOf(t0) + 1_751_000);
    });

    test('what is charged at the same time is counted each', async () => {
      const tenant = aTenant();
      const rate = { limit, max: 60, now: t0 } as const;
      await Promise.all([1, 2, 3].map((wanted) => ratesOf().charge({ tenant, wanted, ...rate })));
      expect(await ratesOf().read({ tenant, limit })).toBe(microsOf(t0) + 6_000_000);
    });

    test('of jobs that come at the same time no more come in than fit', async () => {
      const tenant = aTenant();
      const rate = { max: 7, now: t0 };
      const taken = await Promise.all(Array.from({ length: 6 }, () => takenOf(tenant, 2, rate)));
      expect(taken.reduce((sum, each) => sum + each)).toBe(7);
    });
  });
}

let aws: LocalAws;

describe('rates of jobs', () => {
  const fake = inMemoryRates();
  describeRates('InMemoryRates', () => fake);

  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  let adapter: Rates | undefined;
  describeRates('dynamoDbRates', () => {
    adapter ??= ratesIn(dynamoDbRecords(aws.dynamoDb, aws.env));
    return adapter;
  });
  // An instance that has seen nothing yet writes as if the time were over, and reads what is there.
  describeRates('dynamoDbRates, in a new instance for each call,', () =>
    ratesIn(dynamoDbRecords(aws.dynamoDb, aws.env)),
  );

  const stored = async (tenant: string) => {
    const Key = toAttributes({ id: `job-rate/${tenantKeyOf(tenant)}` });
    const { Item = {} } = await aws.dynamoDb.send(new GetItemCommand({ TableName: aws.tableName, Key }));
    return fromAttributes(Item);
  };

  test('a rate is an item in no index, which expires', async () => {
    const tenant = aTenant();
    const rates = ratesIn(dynamoDbRecords(aws.dynamoDb, aws.env));
    for (const now of [t0, t0 + 1_000]) await rates.take({ tenant, limit, wanted: 1, max: 6, now });
    expect(await stored(tenant)).toEqual({
      id: `job-rate/${tenantKeyOf(tenant)}`,
      arrivesAt: microsOf(t0) + 20_000_000,
      expiresAt: Math.ceil((t0 + 1_000) / 1000) + 3_660,
    });
  });

  test('costs one write a call, none when an instance knows that there is no room, and a read where others were faster', async () => {
    const tenant = aTenant();
    const calls: string[] = [];
    const client = Object.create(aws.dynamoDb, {
      send: {
        value: (
          command: { readonly constructor: { readonly name: string } } & Parameters<
            typeof aws.dynamoDb.send
          >[0],
        ) => {
          calls.push(command.constructor.name);
          return aws.dynamoDb.send(command);
        },
      },
    });
    const callsOf = async (rates: Rates, wanted: number) => {
      calls.length = 0;
      await rates.take({ tenant, limit, wanted, max: 10, now: t0 });
      return calls.map((call) => call.replace('ItemCommand', ''));
    };
    const [one, other] = [
      ratesIn(dynamoDbRecords(client, aws.env)),
      ratesIn(dynamoDbRecords(client, aws.env)),
    ];
    expect(await callsOf(one, 1)).toEqual(['Update']);
    expect(await callsOf(one, 1)).toEqual(['Update']);
    expect(await callsOf(other, 1)).toEqual(['Update', 'Get', 'Update']);
    expect(await callsOf(other, 9)).toEqual(['Update']);
    expect(await callsOf(other, 1)).toEqual([]);
    expect(await callsOf(one, 1)).toEqual(['Update', 'Get']);
    expect(await callsOf(one, 1)).toEqual([]);
  });

  test('the table is out of reach', async () => {
    const rates = ratesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' }));
    const arrivals = { tenant: 'a tenant', limit, wanted: 1, max: 1, now: t0 } as const;
    await expect(rates.take(arrivals)).rejects.toThrow(StoreUnavailableError);
    await expect(rates.read({ tenant: 'a tenant', limit })).rejects.toThrow(StoreUnavailableError);
  });
});
