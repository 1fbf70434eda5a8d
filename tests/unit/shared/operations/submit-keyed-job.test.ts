import { describe, expect, test } from '@jest/globals';
import { KeyReusedError } from '../../../../shared/job/errors.ts';
import { anId, aQueuedItem } from '../../../set-ups/samples.ts';
import { aKeyedSubmission, aSubmitter, itsKeyedId } from '../../../set-ups/submitter.ts';

const other = { ...aKeyedSubmission, payload: { seconds: 2 } };

describe('submitJob, for a submission with a key,', () => {
  test('returns the earlier job if the submission is repeated, and sends nothing', async () => {
    const { submit, queue, calls } = aSubmitter();
    const first = await submit(aKeyedSubmission);
    calls.length = 0;
    const repeated = await submit({ ...aKeyedSubmission });
    expect(repeated).toEqual({ job: first.job, replayed: true });
    expect(first.job.id).toBe(itsKeyedId);
    expect(calls).toEqual(['read']);
    expect(queue.sent).toHaveLength(1);
  });

  const dependsOn = [anId(1), anId(2)];
  test.each([
    ['a delay of 0 instead of none', {}, { delaySeconds: 0 }],
    ['an empty list of dependencies instead of none', {}, { dependsOn: [] }],
    [
      'the same dependencies in another order and with a repetition',
      { dependsOn },
      { dependsOn: [anId(2), anId(1), anId(2)] },
    ],
  ])('returns the earlier job if the submission is repeated with %s', async (_what, first, repeated) => {
    const { submit, store } = aSubmitter();
    for (const id of dependsOn) store.items.set(id, aQueuedItem({ id }));
    await submit({ ...aKeyedSubmission, ...first });
    expect(await submit({ ...aKeyedSubmission, ...repeated })).toMatchObject({ replayed: true });
  });

  test.each([
    ['other dependencies', { ...aKeyedSubmission, dependsOn }],
    ['a delay', { ...aKeyedSubmission, delaySeconds: 1 }],
    ['another payload', other],
    ['another type', { ...aKeyedSubmission, type: 'csv-aggregate' }],
  ])(
    'throws a KeyReusedError and sends nothing if the key was used before and the submission has %s',
    async (_what, reused) => {
      const { submit, queue } = aSubmitter();
      await submit(aKeyedSubmission);
      await expect(submit(reused)).rejects.toThrow(KeyReusedError);
      expect(queue.sent).toHaveLength(1);
    },
  );

  test('creates another job if another tenant uses the same key', async () => {
    const { submit } = aSubmitter();
    const [one, two] = [await submit(aKeyedSubmission), await submit({ ...other, tenant: 'another' })];
    expect(one.job.id).not.toBe(two.job.id);
    expect(two.replayed).toBe(false);
  });

  test.each([
    ['returns the same job', 'the same body', aKeyedSubmission, undefined],
    ['throws a KeyReusedError', 'another body', other, KeyReusedError],
  ])('%s if a submission with the key and %s was faster', async (_what, _body, rival, error) => {
    const { submit, submitUnhooked, store, calls } = aSubmitter(async (call) => {
      if (call === 'write submit') await submitUnhooked(rival);
    });
    const racing = submit(aKeyedSubmission);
    if (error) await expect(racing).rejects.toThrow(error);
    else expect((await racing).job.id).toBe(itsKeyedId);
    expect(calls).toEqual(['read', 'send run 1', 'write submit', 'read']);
    expect(store.items.size).toBe(1);
  });
});
