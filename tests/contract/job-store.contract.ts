import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../shared/contracts/job-item.ts';
import type { JobStore } from '../../shared/ports.ts';
import type { Condition, Test } from '../../shared/protocol/condition.ts';
import type { JobWrite } from '../../shared/protocol/job-write.ts';

let count = 0;
const newId = (): string => {
  count += 1;
  return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
};

const base = {
  tenant: 'a tenant',
  type: 'countdown',
  status: 'queued',
  run: 1,
  fingerprint: 'a fingerprint',
  token: 0,
  attempt: 0,
  maxAttempts: 3,
  history: [],
  createdAt: 1_000,
  updatedAt: 1_000,
} as const satisfies Partial<JobItem>;

const absent: Condition = [[{ attribute: 'id', absent: true }]];
const always: Condition = [[{ attribute: 'updatedAt', atMost: Number.MAX_SAFE_INTEGER }]];

const write = (id: string, parts: Partial<JobWrite>): JobWrite => ({
  id,
  transition: 'submit',
  condition: always,
  set: {},
  ...parts,
});

/** What every `JobStore` does. Run on the fake, and on the adapter over the wire. */
export function describeJobStore(name: string, storeOf: () => JobStore): void {
  const created = async (set: Partial<JobItem> = {}): Promise<string> => {
    const id = newId();
    await storeOf().write(write(id, { condition: absent, set: { ...base, ...set } }));
    return id;
  };

  describe(`${name} as a JobStore`, () => {
    test('reads nothing where nothing was written', async () => {
      expect(await storeOf().read(newId())).toBeUndefined();
    });

    test('creates an item once and returns it as it is then', async () => {
      const id = newId();
      const creation = write(id, { condition: absent, set: base });
      expect(await storeOf().write(creation)).toEqual({ ...base, id });
      expect(await storeOf().write({ ...creation, set: { ...base, tenant: 'another' } })).toBeUndefined();
      expect(await storeOf().read(id)).toEqual({ ...base, id });
    });

    test('keeps every attribute as it was given', async () => {
      const full: Partial<JobItem> = {
        claimId: 'c',
        leaseUntil: 1_790_000_000_123,
        notBefore: 5,
        cancelRequested: true,
        progress: { percent: 12.5, message: null },
        result: '{"a":"","b":[null,0.1,1e300],"ü":"\\u0000 🎈"}',
        error: { name: 'Error', message: '' },
        history: [
          { event: 'started', at: 1 },
          { event: 'failed', at: 2, attempt: 1, error: 'no' },
        ],
        message: 'm'.repeat(300_000),
        startedAt: 1,
        finishedAt: 2,
        expiresAt: 3,
      };
      const id = await created(full);
      expect(await storeOf().read(id)).toEqual({ ...base, ...full, id });
    });

    test('sets, sets once, adds, appends and removes in one write', async () => {
      const id = await created({ notBefore: 9, claimId: 'gone' });
      const parts = {
        set: { status: 'running', updatedAt: 2_000 },
        increment: ['token', 'attempt'],
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
        token: 2,
        attempt: 2,
        history: [
          { event: 'started', at: 2_000 },
          { event: 'started', at: 3_000 },
        ],
      });
      expect(await storeOf().read(id)).toEqual(after);
    });

    test('counts and appends from nothing when the write creates the item', async () => {
      const { token, attempt, history, ...rest } = base;
      const after = await storeOf().write(
        write(newId(), {
          condition: absent,
          set: rest,
          increment: ['token', 'attempt'],
          append: [{ event: 'started', at: 7 }],
        }),
      );
      expect(after).toMatchObject({ token: 1, attempt: 1, history: [{ event: 'started', at: 7 }] });
    });

    const tests: readonly [string, Test, Partial<JobItem>, boolean][] = [
      ['absent, of an absent attribute', { attribute: 'claimId', absent: true }, {}, true],
      ['absent, of a present one', { attribute: 'claimId', absent: true }, { claimId: 'c' }, false],
      ['equals, the same text', { attribute: 'claimId', equals: 'c' }, { claimId: 'c' }, true],
      ['equals, another text', { attribute: 'claimId', equals: 'c' }, { claimId: 'd' }, false],
      ['equals, absent', { attribute: 'claimId', equals: 'c' }, {}, false],
      ['equals, a number', { attribute: 'token', equals: 4 }, { token: 4 }, true],
      ['equals, true', { attribute: 'cancelRequested', equals: true }, { cancelRequested: true }, true],
      ['atMost, less', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 4 }, true],
      ['atMost, the same', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 5 }, true],
      ['atMost, more', { attribute: 'leaseUntil', atMost: 5 }, { leaseUntil: 6 }, false],
      ['atMost, numbers not texts', { attribute: 'leaseUntil', atMost: 10 }, { leaseUntil: 9 }, true],
      ['atMost, absent', { attribute: 'leaseUntil', atMost: 5 }, {}, false],
      ['absentOrAtMost, absent', { attribute: 'notBefore', absentOrAtMost: 5 }, {}, true],
      ['absentOrAtMost, the same', { attribute: 'notBefore', absentOrAtMost: 5 }, { notBefore: 5 }, true],
      ['absentOrAtMost, more', { attribute: 'notBefore', absentOrAtMost: 5 }, { notBefore: 6 }, false],
      ['below, less', { attribute: 'attempt', below: 'maxAttempts' }, { attempt: 2 }, true],
      ['below, the same', { attribute: 'attempt', below: 'maxAttempts' }, { attempt: 3 }, false],
      ['notBelow, the same', { attribute: 'attempt', notBelow: 'maxAttempts' }, { attempt: 3 }, true],
      ['notBelow, less', { attribute: 'attempt', notBelow: 'maxAttempts' }, { attempt: 2 }, false],
      ['notBelow, absent', { attribute: 'leaseUntil', notBelow: 'maxAttempts' }, {}, false],
    ];
    test.each(tests)('condition: %s', async (_what, one, set, expected) => {
      const id = await created(set);
      const after = await storeOf().write(write(id, { condition: [[one]], set: { tenant: 'changed' } }));
      expect(after !== undefined).toBe(expected);
      expect((await storeOf().read(id))?.tenant).toBe(expected ? 'changed' : base.tenant);
    });

    test('a condition holds if one alternative holds whole', async () => {
      const yes: Test = { attribute: 'run', equals: 1 };
      const no: Test = { attribute: 'run', equals: 2 };
      const id = await created();
      const attempt = async (condition: Condition) =>
        (await storeOf().write(write(id, { condition, set: { updatedAt: 5 } }))) !== undefined;
      expect(await attempt([[no], [yes, yes]])).toBe(true);
      expect(await attempt([[yes, no], [no]])).toBe(false);
    });

    test('no condition but absence holds where there is no item, and none is created', async () => {
      const id = newId();
      expect(await storeOf().write(write(id, { set: base }))).toBeUndefined();
      expect(await storeOf().read(id)).toBeUndefined();
    });

    test('of many writes at once that exclude each other exactly one is made', async () => {
      const id = await created();
      const take = write(id, {
        condition: [[{ attribute: 'status', equals: 'queued' }]],
        set: { status: 'running' },
        increment: ['token'],
      });
      const results = await Promise.all(Array.from({ length: 10 }, () => storeOf().write(take)));
      expect(results.filter((item) => item !== undefined)).toHaveLength(1);
      expect((await storeOf().read(id))?.token).toBe(1);
    });
  });
}
