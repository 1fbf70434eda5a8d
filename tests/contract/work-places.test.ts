import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbWorkPlaces } from '../../shared/aws/records/work-places.ts';
import { StoreUnavailableError } from '../../shared/domain/base/errors.ts';
import { keyPartOf } from '../../shared/domain/base/tenant-key.ts';
import { dueShards, lineKeys } from '../../shared/domain/state/job/list-keys.ts';
import type { Room, WorkPlaces } from '../../shared/domain/state/limits/place.ts';
import type { JobStore } from '../../shared/domain/state/ports.ts';
import { submitWrite } from '../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../testkit/fakes/in-memory-job-store.ts';
import { inMemoryWorkPlaces } from '../../testkit/fakes/in-memory-work-places.ts';
import type { LocalAws } from '../local-aws.ts';
import { aMessage } from '../set-ups/samples.ts';
import { forgetBatchGets, recordBatchGets } from './batch-gets.ts';
import { newLocalAws } from './shared-services.ts';

let count = 0;
const aRoom = (running = 2): Room => {
  count += 1;
  return { id: keyPartOf(`account ${count}`), running };
};
const idOf = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const [one, other] = [
  { job: idOf(1), token: 7, now: t0 },
  { job: idOf(2), token: 9, now: t0 + 1 },
];

/** Keys of a batch, without the first one. */
const leaveOutAllButOne = (requested: unknown, table: string): object => {
  const { Keys } = (requested as Record<string, { readonly Keys: readonly object[] }>)[table] ?? { Keys: [] };
  return { [table]: { Keys: Keys.slice(1) } };
};

/** What places do, on the in-memory fake and on the DynamoDB adapter with the emulator. */
function describeWorkPlaces(
  name: string,
  make: () => { readonly places: WorkPlaces; readonly store: JobStore },
): void {
  describe(`${name} as WorkPlaces`, () => {
    test('a place is taken by one, on the condition that it is as it was read', async () => {
      const { places } = make();
      const room = aRoom();
      expect(await places.look(room)).toEqual([{ number: 0 }, { number: 1 }]);
      expect(await places.put(room, { number: 1 }, one)).toBe(true);
      expect(await places.put(room, { number: 1 }, other)).toBe(false);
      expect(await places.look(room)).toEqual([
        { number: 0 },
        { number: 1, holder: { job: one.job, token: one.token }, takenAt: t0 },
      ]);
      expect(await places.put(room, { number: 1, holder: { ...one, token: 6 } }, other)).toBe(false);
      expect(await places.put(room, { number: 1, holder: one }, other)).toBe(true);
      expect((await places.look(room))[1]).toMatchObject({ holder: { job: other.job } });
    });

    test('knows for an hour how late a job has come', async () => {
      const { places } = make();
      await places.noteLate(150_000, t0);
      expect(await places.late(t0 + 59 * 60_000)).toBe(150_000);
      expect(await places.late(t0 + 60 * 60_000)).toBe(0);
      await places.noteLate(240_000, t0 + 60_000);
      expect(await places.late(t0 + 60_000)).toBe(240_000);
    });

    test('who has a place may take it again: the answer may have been lost', async () => {
      const { places } = make();
      const room = aRoom();
      expect(await places.put(room, { number: 0 }, one)).toBe(true);
      expect(await places.put(room, { number: 0 }, one)).toBe(true);
      expect(await places.put(room, { number: 0 }, { ...one, token: one.token + 1 })).toBe(false);
    });

    test('a place is freed by who has it, once', async () => {
      const { places } = make();
      const room = aRoom();
      await places.put(room, { number: 0 }, one);
      expect(await places.leave(room, 0, { ...one, token: 6 })).toBeUndefined();
      expect(await places.leave(room, 1, one)).toBeUndefined();
      expect(await places.leave(room, 0, one)).toEqual({});
      expect(await places.leave(room, 0, one)).toBeUndefined();
      expect(await places.look(room)).toEqual([{ number: 0 }, { number: 1 }]);
    });

    test('an attempt that frees a place hears who waits for it, also if another one has it by then', async () => {
      const { places } = make();
      const room = aRoom();
      expect(await places.awaitLeave(room, { number: 0 }, idOf(3))).toBe(false);
      await places.put(room, { number: 0 }, one);
      expect(await places.awaitLeave(room, { number: 0, holder: other }, idOf(3))).toBe(false);
      expect(await places.awaitLeave(room, { number: 0, holder: one }, idOf(3))).toBe(true);
      await places.put(room, { number: 0, holder: one }, other);
      expect(await places.leave(room, 0, other)).toEqual({ awaitedBy: idOf(3) });
      await places.put(room, { number: 0 }, one);
      expect(await places.leave(room, 0, one)).toEqual({});
    });

    test('the places of two keys are apart', async () => {
      const { places } = make();
      const [room, another] = [aRoom(1), aRoom(1)];
      await places.put(room, { number: 0 }, one);
      expect(await places.look(another)).toEqual([{ number: 0 }]);
    });

    test('a hundred places are read together', async () => {
      const { places } = make();
      const room = aRoom(100);
      await places.put(room, { number: 99 }, one);
      const seen = await places.look(room);
      expect(seen).toHaveLength(100);
      expect(seen.filter(({ holder }) => holder).map(({ number }) => number)).toEqual([99]);
    });

    test('the jobs of a line come in the order of their times', async () => {
      const { places, store } = make();
      const room = aRoom();
      const ids = [11, 12, 13].map((number) => idOf(number + 100 * count));
      for (const [index, id] of ids.entries()) {
        const write = submitWrite(aMessage({ id }));
        await store.write({ ...write, set: { ...write.set, ...lineKeys(room.id, t0 + ((index + 2) % 3)) } });
      }
      expect(await places.first(room, 2)).toEqual([ids[1], ids[2]]);
      expect(await places.first(room, 9)).toEqual([ids[1], ids[2], ids[0]]);
      expect(await places.first(aRoom(), 9)).toEqual([]);
    });

    test('a line is noted, and forgotten unless it was noted again', async () => {
      const { places } = make();
      const room = aRoom();
      const lines = async () => {
        const all = await Promise.all([...Array(dueShards).keys()].map((part) => places.lines(part)));
        return all.flat().filter(({ room: { id } }) => id === room.id);
      };
      await places.noteLine(room, t0);
      expect(await lines()).toEqual([{ room, notedAt: t0 }]);
      await places.noteLine(room, t0 + 3_600_000);
      await places.forgetLine({ room, notedAt: t0 });
      expect(await lines()).toEqual([{ room, notedAt: t0 + 3_600_000 }]);
      await places.forgetLine({ room, notedAt: t0 + 3_600_000 });
      expect(await lines()).toEqual([]);
    });
  });
}

describeWorkPlaces('InMemoryWorkPlaces', () => {
  const store = new InMemoryJobStore();
  return { store, places: inMemoryWorkPlaces(store.items) };
});

describe('on the emulator', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await newLocalAws();
  });
  afterAll(() => aws.stop());

  describeWorkPlaces('dynamoDbWorkPlaces', () => ({
    store: dynamoDbJobStore(aws.dynamoDb, aws.env),
    places: dynamoDbWorkPlaces(aws.dynamoDb, aws.env),
  }));

  describe('a look at places', () => {
    afterEach(() => forgetBatchGets(aws.dynamoDb));

    // The emulator has no other reads than consistent ones, so only the request can show it.
    test('is consistent, and asks again for what DynamoDB has left out: that is not free', async () => {
      const places = dynamoDbWorkPlaces(aws.dynamoDb, aws.env);
      const room = aRoom();
      for (const number of [0, 1]) await places.put(room, { number }, one);
      const { TABLE_NAME } = aws.env;
      const inputs = recordBatchGets(aws.dynamoDb, (output, input, number) =>
        number > 1 || !('RequestItems' in input)
          ? output
          : { Responses: {}, UnprocessedKeys: leaveOutAllButOne(input.RequestItems, TABLE_NAME) },
      );
      const taken = (await places.look(room)).map(({ holder }) => holder?.job);
      // What the first answer has neither brought nor left out is not there.
      expect(taken.filter((job) => job === one.job)).toHaveLength(1);
      expect(inputs).toHaveLength(2);
      for (const input of inputs)
        expect(input).toMatchObject({ RequestItems: { [TABLE_NAME]: { ConsistentRead: true } } });
    });

    test('is given up when DynamoDB leaves all out, as it does when it throttles', async () => {
      const places = dynamoDbWorkPlaces(aws.dynamoDb, aws.env);
      const inputs = recordBatchGets(aws.dynamoDb, (_, input) => ({
        Responses: {},
        UnprocessedKeys: 'RequestItems' in input ? input.RequestItems : {},
      }));
      await expect(places.look(aRoom())).rejects.toThrow(StoreUnavailableError);
      expect(inputs).toHaveLength(1);
    });
  });

  test('a process notes a line every five minutes', async () => {
    const places = dynamoDbWorkPlaces(aws.dynamoDb, aws.env);
    const room = aRoom();
    await places.noteLine(room, t0);
    await places.noteLine(room, t0 + 60_000);
    const all = await Promise.all([...Array(dueShards).keys()].map((part) => places.lines(part)));
    expect(all.flat().find(({ room: { id } }) => id === room.id)?.notedAt).toBe(t0);
  });

  test('a table that does not answer is unavailable', async () => {
    const places = dynamoDbWorkPlaces(aws.dynamoDb, { ...aws.env, TABLE_NAME: 'nowhere' });
    const room = aRoom();
    const calls = [
      () => places.look(room),
      () => places.put(room, { number: 0 }, one),
      () => places.leave(room, 0, one),
      () => places.first(room, 1),
      () => places.noteLine(room, t0),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailableError);
  });
});
