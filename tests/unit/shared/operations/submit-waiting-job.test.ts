import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError, KeyReusedError, QueueUnavailableError } from '../../../../shared/job/errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anId, aQueuedItem, dayMs } from '../../../set-ups/samples.ts';
import {
  aKeyedSubmission,
  aSubmission,
  aSubmitter,
  itsFingerprint,
  itsKeyedId,
} from '../../../set-ups/submitter.ts';

const minute = 60_000;
const [a, b] = [anId(7), anId(8)];

function aSubmitterWith(...ids: string[]) {
  const submitter = aSubmitter();
  for (const id of ids) submitter.store.items.set(id, aQueuedItem({ id }));
  return submitter;
}

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
] as const)('submitJob throws and writes nothing if the %s queue cannot be reached', async (queue, more) => {
  const { submit, queues, store } = aSubmitter();
  queues[queue].failing.add('send');
  await expect(submit({ ...aSubmission, ...more })).rejects.toThrow(QueueUnavailableError);
  expect(store.items.size).toBe(0);
});

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
