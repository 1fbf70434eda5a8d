import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError, KeyReusedError, QueueUnavailableError } from '../../../../shared/job/errors.ts';
import { anId, aQueuedItem, dayMs, t0 } from '../../../fakes/samples.ts';
import {
  aKeyedSubmission,
  aSubmission,
  aSubmitter,
  itsFingerprint,
  itsKeyedId,
} from '../../../fakes/submitter.ts';

const minute = 60_000;
const [a, b] = [anId(7), anId(8)];

function aSubmitterWith(...ids: string[]) {
  const submitter = aSubmitter();
  for (const id of ids) submitter.store.items.set(id, aQueuedItem({ id }));
  return submitter;
}

describe('a submission for later', () => {
  test.each([
    ['a delay of a minute', { delaySeconds: 60 }, t0 + minute, 'long', 60],
    ['a delay of 15 minutes', { delaySeconds: 900 }, t0 + 15 * minute, 'long', 900],
    ['a delay of 15 minutes and a second', { delaySeconds: 901 }, t0 + 901_000, 'waiting', 900],
    ['a delay of 14 days', { delaySeconds: 14 * 86_400 }, t0 + 14 * dayMs, 'waiting', 900],
    ['a time in a minute', { runAt: t0 + minute }, t0 + minute, 'long', 60],
    ['a time tomorrow', { runAt: t0 + dayMs }, t0 + dayMs, 'waiting', 900],
  ] as const)(
    'with %s waits, and its message is sent where it is let through',
    async (_what, asked, runAt, queue, delaySeconds) => {
      const { submit, sent, store, calls } = aSubmitter();
      const { job } = await submit({ ...aSubmission, ...asked });
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

  test.each([{ delaySeconds: 0 }, { runAt: t0 }])('that is for now is queued: %j', async (asked) => {
    const { submit, sent } = aSubmitter();
    expect((await submit({ ...aSubmission, ...asked })).job.status).toBe('queued');
    expect(sent()).toMatchObject([{ queue: 'long', delaySeconds: 0 }]);
  });

  test.each([t0 - 1, t0 + 14 * dayMs + 1])(
    'at a time that there is not is refused whole: %d',
    async (runAt) => {
      const { submit, sent, store } = aSubmitterWith(a);
      await expect(submit({ ...aSubmission, runAt, dependsOn: [a] })).rejects.toThrow(InvalidRequestError);
      expect(sent()).toEqual([]);
      expect(store.items.size).toBe(1);
    },
  );
});

describe('a submission with dependencies', () => {
  test.each([
    ['alone', {}, {}],
    ['and a later time', { delaySeconds: 60 }, { runAt: t0 + minute }],
  ])('(%s) is queued at the gate, which sees whether it must wait', async (_what, asked, more) => {
    const { submit, sent } = aSubmitterWith(a, b);
    const { job } = await submit({ ...aSubmission, dependsOn: [a, b], ...asked });
    expect(job).toMatchObject({ status: 'queued', dependsOn: [a, b], ...more });
    const options = { maxAttempts: 5, dependsOn: [a, b], ...more };
    expect(sent()).toEqual([
      { queue: 'waiting', message: expect.objectContaining({ id: job.id, options }), delaySeconds: 0 },
    ]);
  });

  test('named twice depends on them once', async () => {
    const { submit, sent } = aSubmitterWith(a, b);
    const { job } = await submit({ ...aSubmission, dependsOn: [b, a, b] });
    expect(job.dependsOn).toEqual([b, a]);
    expect(sent()[0]?.message.options.dependsOn).toEqual([b, a]);
  });

  test('of which there are none runs as any other', async () => {
    const { submit, sent } = aSubmitter();
    expect((await submit({ ...aSubmission, dependsOn: [] })).job).not.toHaveProperty('dependsOn');
    expect(sent()).toMatchObject([{ queue: 'long', message: { options: { maxAttempts: 5 } } }]);
  });

  test('that are not there is refused whole', async () => {
    const { submit, sent, store } = aSubmitterWith(a);
    const refused = submit({ ...aSubmission, dependsOn: [a, b] });
    await expect(refused).rejects.toMatchObject({ violations: [{ pointer: '/dependsOn/1' }] });
    expect(sent()).toEqual([]);
    expect(store.items.size).toBe(1);
  });
});

test('a submission of a group is queued on the ordered queue', async () => {
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
] as const)('a submission that the %s queue does not take writes nothing', async (queue, asked) => {
  const { submit, queues, store } = aSubmitter();
  queues[queue].failing.add('send');
  await expect(submit({ ...aSubmission, ...asked })).rejects.toThrow(QueueUnavailableError);
  expect(store.items.size).toBe(0);
});

describe('a key that comes again', () => {
  const asked = { ...aKeyedSubmission, runAt: t0 + minute, dependsOn: [a] };

  test('when the time of its job is past by now, and a dependency gone, is answered with that job', async () => {
    const { submit, store, clock, sent } = aSubmitterWith(a);
    const first = await submit(asked);
    store.items.delete(a);
    await clock.advance(20 * dayMs);
    expect(await submit({ ...asked })).toEqual({ job: first.job, replayed: true });
    expect(sent()).toHaveLength(1);
  });

  test.each([
    ['another time', { ...asked, runAt: t0 + minute + 1 }],
    ['no time', aKeyedSubmission],
    ['a delay', { ...aKeyedSubmission, delaySeconds: 60 }],
    ['another dependency', { ...asked, dependsOn: [b] }],
    ['one more', { ...asked, dependsOn: [a, b] }],
    ['a group', { ...aKeyedSubmission, group: 'a group' }],
  ])('with %s is refused: that is another request', async (_what, other) => {
    const { submit } = aSubmitterWith(a, b);
    await submit(asked);
    await expect(submit(other)).rejects.toThrow(KeyReusedError);
  });

  test('with the same delay is the same request, whenever it comes', async () => {
    const { submit, clock } = aSubmitter();
    const first = await submit({ ...aKeyedSubmission, delaySeconds: 60 });
    await clock.advance(1_000);
    expect(await submit({ ...aKeyedSubmission, delaySeconds: 60 })).toEqual({ ...first, replayed: true });
  });
});

test('what a request does not ask for leaves no trace in its fingerprint: keys of before are known', async () => {
  const { submit } = aSubmitter();
  const nothing = { group: undefined, dependsOn: undefined, delaySeconds: undefined, runAt: undefined };
  const { job } = await submit({ ...aKeyedSubmission, ...nothing });
  expect(job).toMatchObject({ id: itsKeyedId, fingerprint: itsFingerprint });
});
