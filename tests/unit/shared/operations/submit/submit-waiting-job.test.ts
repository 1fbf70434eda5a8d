import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  InvalidRequestError,
  KeyReusedError,
  QueueUnavailableError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { eraseWrite } from '../../../../../shared/domain/state/writes/control-writes.ts';
import {
  decideStart,
  requireDependencies,
  requireTimeToStart,
} from '../../../../../shared/operations/submit/check-submission.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem, by, dayMs } from '../../../../set-ups/samples.ts';
import {
  aKeyedSubmission,
  aSubmission,
  aSubmitter,
  itsFingerprint,
  itsKeyedId,
} from '../../../../set-ups/submitter.ts';

const minute = 60_000;
const [a, b] = [anId(7), anId(8)];

function aSubmitterWith(...ids: string[]) {
  const submitter = aSubmitter();
  for (const id of ids) submitter.store.items.set(id, aQueuedItem({ id }));
  return submitter;
}

describe('submit waiting job', () => {
  describe('submitJob, for a submission with a delay or a start time,', () => {
    test.each([
      ['a delay of a minute', { delaySeconds: 60 }, t0 + minute, 'long', 60],
      ['a delay of 15 minutes', { delaySeconds: 900 }, t0 + 15 * minute, 'long', 900],
      ['a delay of 15 minutes and a second', { delaySeconds: 901 }, t0 + 901_000, 'waiting', 900],
      ['a delay of 365 days', { delaySeconds: 365 * 86_400 }, t0 + 365 * dayMs, 'waiting', 5],
      ['a start time in a minute', { runAt: t0 + minute }, t0 + minute, 'long', 60],
      ['a start time in a day', { runAt: t0 + dayMs }, t0 + dayMs, 'waiting', 5],
    ] as const)(
      'creates a waiting job for %s, and delays its message',
      async (_what, timing, runAt, queue, delaySeconds) => {
        const { submit, sent, store, calls } = aSubmitter();
        const { job } = await submit({ ...aSubmission, ...timing });
        expect(job).toMatchObject({ status: 'waiting', runAt, attempt: 0, createdAt: t0 });
        expect(job).toEqual(store.items.get(job.id));
        expect(job).not.toHaveProperty('message');
        const options = { maxAttempts: 5, runAt };
        expect(sent()).toEqual([
          { queue, message: expect.objectContaining({ id: job.id, options }), delaySeconds },
        ]);
        expect(calls).toEqual(['send run 1', 'write schedule']);
      },
    );

    test.each([{ delaySeconds: 0 }, { runAt: t0 }])(
      'creates a queued job if the job may run at once: %j',
      async (timing) => {
        const { submit, sent } = aSubmitter();
        expect((await submit({ ...aSubmission, ...timing })).job.status).toBe('queued');
        expect(sent()).toMatchObject([{ queue: 'long', delaySeconds: 0 }]);
      },
    );

    test.each([t0 - 1, t0 + 365 * dayMs + 1])(
      'throws, sends nothing and writes nothing if the start time %d is not allowed',
      async (runAt) => {
        const { submit, sent, store } = aSubmitterWith(a);
        await expect(submit({ ...aSubmission, runAt, dependsOn: [a] })).rejects.toThrow(InvalidRequestError);
        expect(sent()).toEqual([]);
        expect(store.items.size).toBe(1);
      },
    );
  });

  describe('submitJob, for a submission with dependencies,', () => {
    test.each([
      ['without a delay', {}, {}],
      ['with a delay', { delaySeconds: 60 }, { runAt: t0 + minute }],
    ])('creates a queued job %s and sends its message to the waiting queue', async (_what, timing, more) => {
      const { submit, sent } = aSubmitterWith(a, b);
      const { job } = await submit({ ...aSubmission, dependsOn: [a, b], ...timing });
      expect(job).toMatchObject({ status: 'queued', dependsOn: [a, b], ...more });
      const options = { maxAttempts: 5, dependsOn: [a, b], ...more };
      expect(sent()).toEqual([
        { queue: 'waiting', message: expect.objectContaining({ id: job.id, options }), delaySeconds: 0 },
      ]);
    });

    test('stores a dependency only once if it is named twice', async () => {
      const { submit, sent } = aSubmitterWith(a, b);
      const { job } = await submit({ ...aSubmission, dependsOn: [b, a, b] });
      expect(job.dependsOn).toEqual([b, a]);
      expect(sent()[0]?.message.options.dependsOn).toEqual([b, a]);
    });

    test('treats an empty list of dependencies as none', async () => {
      const { submit, sent } = aSubmitter();
      expect((await submit({ ...aSubmission, dependsOn: [] })).job).not.toHaveProperty('dependsOn');
      expect(sent()).toMatchObject([{ queue: 'long', message: { options: { maxAttempts: 5 } } }]);
    });

    test('throws, sends nothing and writes nothing if a dependency does not exist', async () => {
      const { submit, sent, store } = aSubmitterWith(a);
      const submitting = submit({ ...aSubmission, dependsOn: [a, b] });
      await expect(submitting).rejects.toMatchObject({ violations: [{ pointer: '/dependsOn/1' }] });
      expect(sent()).toEqual([]);
      expect(store.items.size).toBe(1);
    });
  });

  test('submitJob sends the message of a job with a group to the ordered queue', async () => {
    const { submit, sent } = aSubmitter();
    const { job } = await submit({ ...aSubmission, group: 'a group' });
    expect(job).toMatchObject({ status: 'queued', group: 'a group' });
    const options = { maxAttempts: 5, group: 'a group' };
    expect(sent()).toEqual([
      { queue: 'ordered', message: expect.objectContaining({ options }), delaySeconds: 0 },
    ]);
  });

  test.each([
    ['waiting', { runAt: t0 + dayMs }],
    ['ordered', { group: 'a group' }],
  ] as const)(
    'submitJob throws and writes nothing if the %s queue cannot be reached',
    async (queue, more) => {
      const { submit, queues, store } = aSubmitter();
      queues[queue].failing.add('send');
      await expect(submit({ ...aSubmission, ...more })).rejects.toThrow(QueueUnavailableError);
      expect(store.items.size).toBe(0);
    },
  );

  describe('submitJob, for a key that was used before,', () => {
    const original = { ...aKeyedSubmission, runAt: t0 + minute, dependsOn: [a] };

    test('returns the earlier job even if its start time is past and its dependency no longer exists', async () => {
      const { submit, store, clock, sent } = aSubmitterWith(a);
      const first = await submit(original);
      store.items.delete(a);
      await clock.advance(20 * dayMs);
      expect(await submit({ ...original })).toEqual({ job: first.job, replayed: true });
      expect(sent()).toHaveLength(1);
    });

    test.each([
      ['has another start time', { ...original, runAt: t0 + minute + 1 }],
      ['has no start time', aKeyedSubmission],
      ['has a delay', { ...aKeyedSubmission, delaySeconds: 60 }],
      ['has another dependency', { ...original, dependsOn: [b] }],
      ['has one more dependency', { ...original, dependsOn: [a, b] }],
      ['has a group', { ...aKeyedSubmission, group: 'a group' }],
    ])('throws a KeyReusedError if the submission %s', async (_what, other) => {
      const { submit } = aSubmitterWith(a, b);
      await submit(original);
      await expect(submit(other)).rejects.toThrow(KeyReusedError);
    });

    test('returns the earlier job if the submission has the same delay, although time has passed', async () => {
      const { submit, clock } = aSubmitter();
      const first = await submit({ ...aKeyedSubmission, delaySeconds: 60 });
      await clock.advance(1_000);
      expect(await submit({ ...aKeyedSubmission, delaySeconds: 60 })).toEqual({ ...first, replayed: true });
    });
  });

  test('submitJob ignores undefined options in the fingerprint, so that earlier keys stay valid', async () => {
    const { submit } = aSubmitter();
    const undefinedOptions = {
      group: undefined,
      dependsOn: undefined,
      delaySeconds: undefined,
      runAt: undefined,
    };
    const { job } = await submit({ ...aKeyedSubmission, ...undefinedOptions });
    expect(job).toMatchObject({ id: itsKeyedId, fingerprint: itsFingerprint });
  });
});

const startBefore = t0 + 1_000;
const minutes = 60_000;

describe('submitJob, for a job that has to start by a time,', () => {
  test('sends and stores that time', async () => {
    const { submit, sent, store } = aSubmitter();
    const { job } = await submit({ ...aSubmission, startBefore });
    expect(sent()[0]?.message.options).toMatchObject({ startBefore });
    expect(store.items.get(job.id)).toMatchObject({ status: 'queued', startBefore });
  });

  test.each([
    ['that is past', { startBefore: t0 }],
    ['before the end of its delay', { delaySeconds: 2, startBefore }],
    ['at the end of its delay', { delaySeconds: 1, startBefore }],
    ['at which it may run at the earliest', { runAt: startBefore, startBefore }],
  ])('throws an InvalidRequestError and sends nothing if it is a time %s', async (_what, times) => {
    const { submit, calls } = aSubmitter();
    await expect(submit({ ...aSubmission, ...times })).rejects.toThrow(InvalidRequestError);
    expect(calls).toEqual([]);
  });

  /** Submits while the table cannot be reached, so that there is a message and no item. Submits again after a time. */
  const submittedAgain = async (afterMs: number) => {
    let isDown = true;
    const { submit, clock } = aSubmitter((call) => {
      if (call.startsWith('write') && isDown) throw new StoreUnavailableError('no');
    });
    const submission = { ...aKeyedSubmission, startBefore };
    await expect(submit(submission)).rejects.toThrow(StoreUnavailableError);
    isDown = false;
    await clock.advance(afterMs);
    return submit(submission);
  };

  test('accepts a repeated submission with a key for almost 5 minutes after that time', async () => {
    expect((await submittedAgain(999 + 5 * minutes)).job).toMatchObject({ startBefore });
    await expect(submittedAgain(1_000 + 5 * minutes)).rejects.toThrow(InvalidRequestError);
  });

  test('returns the earlier job if the submission is repeated long after that time', async () => {
    const { submit, clock } = aSubmitter();
    const submission = { ...aKeyedSubmission, startBefore };
    await submit(submission);
    await clock.advance(60 * minutes);
    expect(await submit(submission)).toMatchObject({ replayed: true, job: { startBefore } });
  });

  test('throws a KeyReusedError if the key was used before with another time, or without one', async () => {
    const { submit } = aSubmitter();
    await submit({ ...aKeyedSubmission, startBefore });
    await expect(submit({ ...aKeyedSubmission, startBefore: startBefore + 1 })).rejects.toThrow(
      KeyReusedError,
    );
    await expect(submit(aKeyedSubmission)).rejects.toThrow(KeyReusedError);
  });
});

describe('submitJob, for a job with tags,', () => {
  test('sends and stores each tag once, in the order in which they came', async () => {
    const { submit, sent, store } = aSubmitter();
    const { job } = await submit({ ...aSubmission, tags: ['two', 'one', 'two'] });
    expect(sent()[0]?.message.options).toMatchObject({ tags: ['two', 'one'] });
    expect(store.items.get(job.id)?.tags).toEqual(['two', 'one']);
  });

  test('takes the same tags in another order, or with a repetition, for the same request', async () => {
    const { submit } = aSubmitter();
    await submit({ ...aKeyedSubmission, tags: ['one', 'two'] });
    const again = await submit({ ...aKeyedSubmission, tags: ['two', 'one', 'two'] });
    expect(again).toMatchObject({ replayed: true, job: { tags: ['one', 'two'] } });
    await expect(submit({ ...aKeyedSubmission, tags: ['one'] })).rejects.toThrow(KeyReusedError);
  });

  test('takes an empty list for none', async () => {
    const { submit, sent } = aSubmitter();
    const { job } = await submit({ ...aKeyedSubmission, tags: [] });
    expect(job.fingerprint).toBe(itsFingerprint);
    expect(job).not.toHaveProperty('tags');
    expect(sent()[0]?.message.options).not.toHaveProperty('tags');
  });
});

describe('submitJob', () => {
  test('sends the trace of the request with the message, and takes another trace for the same request', async () => {
    const { submit, sent } = aSubmitter();
    const { job } = await submit({ ...aKeyedSubmission, traceparent: 'one' });
    expect(sent()[0]?.message.traceparent).toBe('one');
    expect(job.fingerprint).toBe(itsFingerprint);
    expect(await submit({ ...aKeyedSubmission, traceparent: 'other' })).toMatchObject({ replayed: true });
  });

  const erased = new ConflictError('The job of this Idempotency-Key was erased.');
  const ended = (): JobItem => aFailedItem({ id: itsKeyedId, fingerprint: itsFingerprint });

  test('throws a ConflictError and sends nothing if the job of the key was erased', async () => {
    const { submit, store, sent } = aSubmitter();
    store.items.set(itsKeyedId, ended());
    expect(await store.write(eraseWrite(ended(), t0, by))).toBeDefined();
    await expect(submit(aKeyedSubmission)).rejects.toThrow(erased);
    await expect(submit({ ...aKeyedSubmission, payload: { seconds: 2 } })).rejects.toThrow(erased);
    expect(sent()).toEqual([]);
  });

  test('throws a ConflictError if the job of the key was run and erased before its item could be written', async () => {
    const { submit, store } = aSubmitter(async (call) => {
      if (call !== 'write submit') return;
      store.items.set(itsKeyedId, ended());
      await store.write(eraseWrite(ended(), t0, by));
    });
    await expect(submit(aKeyedSubmission)).rejects.toThrow(erased);
  });

  test('throws an InvalidRequestError if the job depends on one that was erased', async () => {
    const { submit, store } = aSubmitter();
    store.items.set(itsKeyedId, ended());
    await store.write(eraseWrite(ended(), t0, by));
    await expect(submit({ ...aSubmission, dependsOn: [itsKeyedId] })).rejects.toThrow(InvalidRequestError);
  });
});

describe('decideStart', () => {
  test.each([
    ['no start time if there is neither a delay nor a time', {}, undefined],
    ['no start time for a delay of 0', { delaySeconds: 0 }, undefined],
    ['the end of the delay', { delaySeconds: 90 }, t0 + 90_000],
    ['the end of the maximum delay', { delaySeconds: 365 * 24 * 3600 }, t0 + 365 * dayMs],
    ['the given time if it is now', { runAt: t0 }, t0],
    ['the given time if it is ahead', { runAt: t0 + 1 }, t0 + 1],
    ['the given time if it is 365 days ahead', { runAt: t0 + 365 * dayMs }, t0 + 365 * dayMs],
  ])('returns %s', (_what, timed, at) => {
    expect(decideStart(timed, t0)).toBe(at);
  });

  test.each([
    [t0 - 1, 'is in the past'],
    [0, 'is in the past'],
    [t0 + 365 * dayMs + 1, 'is more than 365 days ahead'],
    [Date.UTC(9999, 0), 'is more than 365 days ahead'],
  ])('rejects the time %d, which %s', (runAt, detail) => {
    const deciding = () => decideStart({ runAt }, t0);
    expect(deciding).toThrow(InvalidRequestError);
    expect(deciding).toThrow(expect.objectContaining({ violations: [{ pointer: '/runAt', detail }] }));
  });
});

describe('requireTimeToStart', () => {
  const keyed = { idempotencyKey: 'a key' };
  const minutes = 60_000;

  test.each([
    ['no time by which it must have started', {}],
    ['a millisecond to start', { startBefore: t0 + 1 }],
    ['a millisecond between its two times', { runAt: t0 + 9, startBefore: t0 + 10 }],
    ['years to start', { startBefore: Date.UTC(9999, 0) }],
    ['a key, and was late by less than 5 minutes', { ...keyed, startBefore: t0 - 5 * minutes + 1 }],
    ['a key and two times that are over', { ...keyed, runAt: t0 - 2, startBefore: t0 - 1 }],
  ])('accepts a job that has %s', (_what, timed) => {
    expect(() => requireTimeToStart(timed, t0)).not.toThrow();
  });

  const past = 'is in the past';
  const early = 'is not after the time of runAt';
  test.each([
    ['now', { startBefore: t0 }, past],
    ['in 1970', { startBefore: 0 }, past],
    ['5 minutes ago, with a key', { ...keyed, startBefore: t0 - 5 * minutes }, past],
    ['when it may run at the earliest', { runAt: t0 + 9, startBefore: t0 + 9 }, early],
    ['before it may run', { runAt: t0 + 9, startBefore: t0 + 8 }, early],
    ['before it may run, with a key', { ...keyed, runAt: t0 - 1, startBefore: t0 - 2 }, early],
  ])('rejects a job that must have started %s', (_what, timed, detail) => {
    const requiring = () => requireTimeToStart(timed, t0);
    expect(requiring).toThrow(InvalidRequestError);
    expect(requiring).toThrow(expect.objectContaining({ violations: [{ pointer: '/startBefore', detail }] }));
  });
});

const [own, foreign, unknown] = [anId(1), anId(2), anId(3)];
const store = new InMemoryJobStore();
store.items.set(own, aQueuedItem({ id: own }));
store.items.set(foreign, aQueuedItem({ id: foreign, tenant: 'another' }));

const check = (dependsOn?: readonly string[], deps: Parameters<typeof requireDependencies>[1] = { store }) =>
  requireDependencies({ tenant: 'a tenant', dependsOn }, deps);
const violation = (index: number) => ({
  pointer: `/dependsOn/${index}`,
  detail: 'there is no job of this id',
});

describe('requireDependencies', () => {
  test('refuses a child of a job', async () => {
    const id = anId(4);
    const parent = { id: own, batch: anId(5), index: 0, shard: 0, depth: 1 };
    store.items.set(id, aQueuedItem({ id, parent }));
    await expect(check([own, id])).rejects.toMatchObject({
      violations: [{ pointer: '/dependsOn/1', detail: 'is a child of a job: depend on its parent' }],
    });
  });

  test.each([
    aQueuedItem(),
    aQueuedItem({ status: 'waiting' }),
    aRunningItem(),
    aFailedItem({ status: 'succeeded' }),
    aFailedItem(),
    aFailedItem({ status: 'canceled' }),
  ])('accepts a $status dependency', async (item) => {
    const table = new InMemoryJobStore();
    table.items.set(item.id, item);
    await expect(check([item.id], { store: table })).resolves.toBeUndefined();
  });

  test.each([
    ['a job that does not exist', [unknown], [violation(0)]],
    ['a job of another tenant, as if it did not exist', [foreign], [violation(0)]],
    [
      'a list of which two jobs are unknown, with a violation for each of them',
      [own, foreign, own, unknown],
      [violation(1), violation(3)],
    ],
  ])('rejects %s', async (_what, dependsOn, violations) => {
    const checked = check(dependsOn);
    await expect(checked).rejects.toThrow(InvalidRequestError);
    await expect(checked).rejects.toMatchObject({ violations });
  });

  test.each([undefined, []])('makes no read if there are no dependencies: %j', async (dependsOn) => {
    const read = () => Promise.reject(new StoreUnavailableError('the table was called'));
    await expect(check(dependsOn, { store: { read } })).resolves.toBeUndefined();
  });

  test('throws a StoreUnavailableError if the table cannot be reached', async () => {
    const read = () => Promise.reject(new StoreUnavailableError('no'));
    await expect(check([own], { store: { read } })).rejects.toThrow(StoreUnavailableError);
  });
});
