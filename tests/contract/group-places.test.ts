import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoDbGroupPlaces } from '../../shared/aws/group-places.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import type { GroupPlaces } from '../../shared/domain/state/group-place.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryGroupPlaces } from '../../testkit/fakes/in-memory-group-places.ts';
import type { LocalAws } from '../local-aws.ts';
import { newLocalAws } from './shared-services.ts';

/** What places do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describePlaces(name: string, placesOf: () => GroupPlaces): void {
  describe(`${name} as GroupPlaces`, () => {
    test('the first queue that is kept for a tenant is the one that it has', async () => {
      const places = placesOf();
      expect(await places.read('acme')).toBeUndefined();
      expect(await places.keep('acme', 3)).toEqual({ queue: 3 });
      expect(await places.keep('acme', 1)).toEqual({ queue: 3 });
      expect(await places.read('acme')).toEqual({ queue: 3 });
      expect(await places.read('a tenant with spaces, and ü'.repeat(100))).toBeUndefined();
    });

    test('of those who look at the same time one decides', async () => {
      const places = placesOf();
      const kept = await Promise.all([1, 2, 3, 4].map((queue) => places.keep('together', queue)));
      expect(new Set(kept.map(({ queue }) => queue)).size).toBe(1);
    });

    test('the first time is since when there are several', async () => {
      const places = placesOf();
      expect(await places.since(t0)).toBe(t0);
      expect(await places.since(t0 + 1)).toBe(t0);
    });
  });
}

describePlaces('InMemoryGroupPlaces', () => new InMemoryGroupPlaces());

describe('on the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describePlaces('dynamoDbGroupPlaces', () => dynamoDbGroupPlaces(aws.dynamoDb, aws.env));

  test('a table that does not answer is unavailable', async () => {
    const places = dynamoDbGroupPlaces(aws.dynamoDb, { TABLE_NAME: 'nowhere' });
    await expect(places.read('acme')).rejects.toThrow(StoreUnavailableError);
    await expect(places.keep('acme', 1)).rejects.toThrow(StoreUnavailableError);
    await expect(places.since(t0)).rejects.toThrow(StoreUnavailableError);
  });
});
