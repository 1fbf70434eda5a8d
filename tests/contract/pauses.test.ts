import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { type Pauses, pausesIn } from '../../shared/domain/state/limits/pauses.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

/** What every `Pauses` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
function describePauses(kind: string, pausesOf: () => Pauses): void {
  describe(`${kind} as Pauses`, () => {
    const one = { at: t0, by: 'key:1', until: t0 + 9, why: 'ü.$#:', submissions: 'refuse' } as const;
    beforeEach(async () => {
      for (const [name, each] of await pausesOf().read()) await pausesOf().remove(name, each);
    });

    test('has none at first, and each under its own name', async () => {
      const pauses = pausesOf();
      expect(await pauses.read()).toEqual(new Map());
      await pauses.put('type:one.two[0]', one);
      await pauses.put('tenant:some one', { at: t0, by: 'key:2' });
      expect(await pauses.read()).toEqual(
        new Map<string, object>([
          ['tenant:some one', { at: t0, by: 'key:2' }],
          ['type:one.two[0]', one],
        ]),
      );
    });

    test('replaces the pause of a name, also one that was resumed', async () => {
      const pauses = pausesOf();
      await pauses.put('stage', one);
      await pauses.resume('stage', 'key:2', t0 + 1);
      await pauses.put('stage', { at: t0 + 2, by: 'key:3' });
      expect((await pauses.read()).get('stage')).toEqual({ at: t0 + 2, by: 'key:3' });
    });

    test('resumes once, and only what is there', async () => {
      const pauses = pausesOf();
      await pauses.put('stage', one);
      expect(await pauses.resume('stage', 'key:2', t0 + 1)).toBe(true);
      expect(await pauses.resume('stage', 'key:3', t0 + 2)).toBe(false);
      expect(await pauses.resume('queue:long', 'key:3', t0 + 2)).toBe(false);
      expect(await pauses.read()).toEqual(
        new Map([['stage', { ...one, resumedAt: t0 + 1, resumedBy: 'key:2' }]]),
      );
    });

    test('removes the pause that was read, and no later one', async () => {
      const pauses = pausesOf();
      await pauses.put('stage', one);
      await pauses.remove('stage', { at: t0 - 1, by: 'key:1' });
      await pauses.remove('queue:long', one);
      expect((await pauses.read()).size).toBe(1);
      await pauses.remove('stage', one);
      expect((await pauses.read()).size).toBe(0);
    });
  });
}

const fake = pausesIn(new InMemoryRecords());
describePauses('the in-memory fake', () => fake);

describe('with the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describePauses('the item of the table', () => pausesIn(dynamoDbRecords(aws.dynamoDb, aws.env)));

  test('a table that is not there cannot be read or written', async () => {
    const away = pausesIn(dynamoDbRecords(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'no-table' }));
    await expect(away.read()).rejects.toThrow(StoreUnavailableError);
    await expect(away.put('stage', { at: t0, by: 'key:1' })).rejects.toThrow(StoreUnavailableError);
  });
});
