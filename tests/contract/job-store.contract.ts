import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../shared/job/item.ts';
import type { JobStore } from '../../shared/job/ports.ts';
import { absent, base, created, newId, write } from './item-writes.ts';
import { describeJobLife } from './job-life.contract.ts';
import { describeConditions } from './job-store-conditions.contract.ts';

/** What every `JobStore` does. It runs on the in-memory fake, and on the DynamoDB adapter with the emulator. */
export function describeJobStore(name: string, storeOf: () => JobStore): void {
  describe(`${name} as a JobStore`, () => {
    test('reads undefined if the item does not exist', async () => {
      expect(await storeOf().read(newId())).toBeUndefined();
    });

    test('creates an item once, and returns it', async () => {
      const id = newId();
      const creation = write(id, { condition: absent, set: base });
      expect(await storeOf().write(creation)).toEqual({ ...base, id });
      expect(await storeOf().write({ ...creation, set: { ...base, tenant: 'another' } })).toBeUndefined();
      expect(await storeOf().read(id)).toEqual({ ...base, id });
    });

    test('stores and reads every attribute unchanged', async () => {
      const full: Required<Omit<JobItem, Exclude<keyof typeof base | 'id', 'history'>>> = {
        claimId: 'c',
        leaseUntil: 1_790_000_000_123,
        inCompany: true,
        interruptions: 3,
        notBefore: 5,
        cancelRequested: true,
        progress: { percent: 12.5, message: null },
        result: '{"a":"","b":[null,0.1,1e300],"ü":"\\u0000 🎈"}',
        resultObject: { name: 'results/a/b', bytes: 5_000_000_000, contentType: 'text/csv' },
        error: { name: 'Error', message: '' },
        history: [
          { event: 'started', at: 1 },
          { event: 'failed', at: 2, attempt: 1, error: 'no' },
        ],
        checkpoint: '{"passed":1}',
        output: {
          contentType: 'text/csv',
          upload: { name: 'results/a/b', uploadId: 'u' },
          parts: [1, 17],
          digest: 'd',
          bytes: 16_777_217,
          tail: 'states/a/b',
        },
        slices: 4,
        group: 'g 🎈',
        dependsOn: [newId(), newId()],
        runAt: 1_790_000_000_123,
        startBefore: 1_790_000_000_124,
        mayStartLate: true,
        tags: ['a', 'ü 🎈'],
        notify: [{ url: 'https://a.example/?b=c' }, { email: 'a@b.example' }, { event: true }],
        notification: '[null,{"status":"pending","attempts":1}]',
        listKey: 'k.0',
        listPosition: '1790000000123/id',
        failedKey: 'k.1',
        erased: true,
        dependents: new Set([newId(), newId()]),
        admittedBy: 'a message',
        receiptHandle: 'a handle',
        message: 'm'.repeat(300_000),
        messageObject: 'messages/a/b',
        startedAt: 1,
        finishedAt: 2,
        expiresAt: 3,
      };
      const id = await created(storeOf(), full);
      expect(await storeOf().read(id)).toEqual({ ...base, ...full, id });
    });

    test('sets, sets once, increments, appends and removes attributes in one write', async () => {
      const id = await created(storeOf(), { notBefore: 9, claimId: 'old' });
      const parts = {
        set: { status: 'running', updatedAt: 2_000 },
        increment: { fencingToken: 7_000, attempt: 0 },
        remove: ['notBefore', 'claimId', 'result'],
      } as const;
      await storeOf().write(
        write(id, { ...parts, setOnce: { startedAt: 2_000 }, append: [{ event: 'started', at: 2_000 }] }),
      );
      const after = await storeOf().write(
        write(id, { ...parts, setOnce: { startedAt: 3_000 }, append: [{ event: 'started', at: 3_000 }] }),
      );
      expect(after).toEqual({
        ...base,
        id,
        status: 'running',
        updatedAt: 2_000,
        startedAt: 2_000,
        fencingToken: 2,
        attempt: 2,
        history: [
          { event: 'started', at: 2_000 },
          { event: 'started', at: 3_000 },
        ],
      });
      expect(await storeOf().read(id)).toEqual(after);
    });

    test('increments and appends to absent attributes if the write creates the item', async () => {
      const { fencingToken, attempt, history, ...rest } = base;
      const after = await storeOf().write(
        write(newId(), {
          condition: absent,
          set: rest,
          increment: { fencingToken: 7_000, attempt: 0 },
          append: [{ event: 'started', at: 7 }],
        }),
      );
      expect(after).toMatchObject({
        fencingToken: 7_001,
        attempt: 1,
        history: [{ event: 'started', at: 7 }],
      });
    });

    test('sets an attribute of setOnce only if it is absent', async () => {
      const { fencingToken, attempt, history, ...rest } = base;
      const id = newId();
      const once = { fencingToken: 0, attempt: 0, history: [] };
      const after = await storeOf().write(write(id, { condition: absent, set: rest, setOnce: once }));
      expect(after).toEqual({ ...base, id });
      const claimed = await storeOf().write(
        write(id, { increment: { fencingToken: 7_000 }, append: [{ event: 'started', at: 7 }] }),
      );
      expect(await storeOf().write(write(id, { set: { updatedAt: 5 }, setOnce: once }))).toEqual({
        ...claimed,
        updatedAt: 5,
      });
      expect(claimed).toMatchObject({ fencingToken: 1, history: [{ event: 'started', at: 7 }] });
    });

    test('includes each member once in a set, and creates the set with its first member', async () => {
      const id = await created(storeOf());
      const include = (dependents: string) => storeOf().write(write(id, { include: { dependents } }));
      const [one, two] = [newId(), newId()];
      expect(await include(one)).toEqual({ ...base, id, dependents: new Set([one]) });
      expect(await include(two)).toEqual({ ...base, id, dependents: new Set([one, two]) });
      expect(await include(one)).toEqual({ ...base, id, dependents: new Set([one, two]) });
      expect(await storeOf().read(id)).toEqual({ ...base, id, dependents: new Set([one, two]) });
    });

    test('includes, sets, increments and removes in one write, and leaves the set unchanged in other writes', async () => {
      const [one, two] = [newId(), newId()];
      const id = await created(storeOf(), { claimId: 'old', dependents: new Set([one]) });
      const after = await storeOf().write(
        write(id, {
          set: { updatedAt: 2_000 },
          increment: { fencingToken: 7_000 },
          include: { dependents: two },
          remove: ['claimId'],
        }),
      );
      const expected = { ...base, id, updatedAt: 2_000, fencingToken: 1, dependents: new Set([one, two]) };
      expect(after).toEqual(expected);
      expect(await storeOf().write(write(id, { set: { run: 2 } }))).toEqual({ ...expected, run: 2 });
    });

    test('includes all members that concurrent writes add to a set, up to its maximum size', async () => {
      const id = await created(storeOf());
      const include = () =>
        storeOf().write(
          write(id, {
            condition: [[{ attribute: 'dependents', absentOrSmallerThan: 5 }]],
            include: { dependents: newId() },
          }),
        );
      const results = await Promise.all(Array.from({ length: 10 }, include));
      expect(results.filter((item) => item !== undefined)).toHaveLength(5);
      expect((await storeOf().read(id))?.dependents?.size).toBe(5);
    });

    describeConditions(storeOf);
    describeJobLife(storeOf);

    test('makes exactly one of several concurrent writes that exclude each other', async () => {
      const id = await created(storeOf());
      const claim = write(id, {
        condition: [[{ attribute: 'status', equals: 'queued' }]],
        set: { status: 'running' },
        increment: { fencingToken: 7_000 },
      });
      const results = await Promise.all(Array.from({ length: 10 }, () => storeOf().write(claim)));
      expect(results.filter((item) => item !== undefined)).toHaveLength(1);
      expect((await storeOf().read(id))?.fencingToken).toBe(1);
    });
  });
}
