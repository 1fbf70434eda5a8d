import { describe, expect, test } from '@jest/globals';
import { KeyReusedError } from '../../../../shared/job/errors.ts';
import { anId, aQueuedItem } from '../../../fakes/samples.ts';
import { aKeyedSubmission, aSubmitter, itsKeyedId } from '../../../fakes/submitter.ts';

const other = { ...aKeyedSubmission, payload: { seconds: 2 } };

describe('a submission with a key', () => {
  test('that came before is answered as before, and sent no second time', async () => {
    const { submit, queue, calls } = aSubmitter();
    const first = await submit(aKeyedSubmission);
    calls.length = 0;
    const again = await submit({ ...aKeyedSubmission });
    expect(again).toEqual({ job: first.job, replayed: true });
    expect(first.job.id).toBe(itsKeyedId);
    expect(calls).toEqual(['read']);
    expect(queue.sent).toHaveLength(1);
  });

  const dependsOn = [anId(1), anId(2)];
  test.each([
    ['no delay, in other words', {}, { delaySeconds: 0 }],
    ['no dependencies, in other words', {}, { dependsOn: [] }],
    ['the same dependencies, in other words', { dependsOn }, { dependsOn: [anId(2), anId(1), anId(2)] }],
  ])('that came before with %s is answered as before', async (_what, first, again) => {
    const { submit, store } = aSubmitter();
    for (const id of dependsOn) store.items.set(id, aQueuedItem({ id }));
    await submit({ ...aKeyedSubmission, ...first });
    expect(await submit({ ...aKeyedSubmission, ...again })).toMatchObject({ replayed: true });
  });

  test.each([
    ['other dependencies', { ...aKeyedSubmission, dependsOn }],
    ['a delay', { ...aKeyedSubmission, delaySeconds: 1 }],
    ['another payload', other],
    ['another type', { ...aKeyedSubmission, type: 'csv-aggregate' }],
  ])('that came before with %s is refused, and nothing is sent', async (_what, reused) => {
    const { submit, queue } = aSubmitter();
    await submit(aKeyedSubmission);
    await expect(submit(reused)).rejects.toThrow(KeyReusedError);
    expect(queue.sent).toHaveLength(1);
  });

  test('that came from another tenant is another job', async () => {
    const { submit } = aSubmitter();
    const [one, two] = [await submit(aKeyedSubmission), await submit({ ...other, tenant: 'another' })];
    expect(one.job.id).not.toBe(two.job.id);
    expect(two.replayed).toBe(false);
  });

  test.each([
    ['the same body: both have the one job', aKeyedSubmission, undefined],
    ['another body: only the winner is accepted', other, KeyReusedError],
  ])('that races another of %s', async (_what, rival, refused) => {
    const { submit, submitUnhooked, store, calls } = aSubmitter(async (call) => {
      if (call === 'write submit') await submitUnhooked(rival);
    });
    const racing = submit(aKeyedSubmission);
    if (refused) await expect(racing).rejects.toThrow(refused);
    else expect((await racing).job.id).toBe(itsKeyedId);
    expect(calls).toEqual(['read', 'send run 1', 'write submit', 'read']);
    expect(store.items.size).toBe(1);
  });
});
