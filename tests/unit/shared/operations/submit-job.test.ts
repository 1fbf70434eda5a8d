import { describe, expect, test } from '@jest/globals';
import {
  PayloadTooLargeError,
  QueueUnavailableError,
  StoreUnavailableError,
} from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { aMessage, aQueuedItem, t0 } from '../../../fakes/samples.ts';
import {
  aKeyedSubmission,
  aSubmission,
  aSubmitter,
  itsFingerprint,
  itsKeyedId,
} from '../../../fakes/submitter.ts';

describe('a submission', () => {
  test('sends first and writes then', async () => {
    const { submit, calls } = aSubmitter();
    await submit(aSubmission);
    expect(calls).toEqual(['send run 1', 'write submit']);
  });

  test('sends all that is needed to run the job, and writes its item', async () => {
    const { submit, queue, store } = aSubmitter();
    const { job, replayed } = await submit(aSubmission);
    const { tenant, type, payload } = aSubmission;
    const message = {
      tenant,
      type,
      payload,
      id: job.id,
      submittedAt: t0,
      options: { maxAttempts: 5 },
      version: 1,
      fingerprint: itsFingerprint,
      run: 1,
    };
    expect(queue.sent).toEqual([{ message, delaySeconds: 0 }]);
    expect(job).toEqual(store.items.get(job.id));
    expect(job).toMatchObject({
      status: 'queued',
      run: 1,
      attempt: 0,
      maxAttempts: 5,
      createdAt: t0,
      fingerprint: itsFingerprint,
    });
    expect(replayed).toBe(false);
  });

  test('goes to the run queue of its type', async () => {
    const { submit, sent } = aSubmitter();
    await submit({ ...aSubmission, type: 'csv-aggregate' });
    await submit(aSubmission);
    expect(sent()).toMatchObject([
      { queue: 'standard', message: { type: 'csv-aggregate' }, delaySeconds: 0 },
      { queue: 'long', message: { type: 'countdown' }, delaySeconds: 0 },
    ]);
  });

  test('without a key is another job every time', async () => {
    const { submit } = aSubmitter();
    const [one, two] = [await submit(aSubmission), await submit(aSubmission)];
    expect(one.job.id).not.toBe(two.job.id);
  });

  test('that cannot be sent writes nothing', async () => {
    const { submit, queue, store } = aSubmitter();
    queue.failing.add('send');
    await expect(submit(aSubmission)).rejects.toThrow(QueueUnavailableError);
    expect(store.items.size).toBe(0);
  });

  test.each(['read', 'write submit'])('with a table out of reach at "%s" says so', async (failing) => {
    const { submit } = aSubmitter((call) => {
      if (call === failing) throw new StoreUnavailableError('no');
    });
    await expect(submit(aKeyedSubmission)).rejects.toThrow(StoreUnavailableError);
  });

  test('whose worker was faster answers with what the worker wrote', async () => {
    const running = aQueuedItem({ id: itsKeyedId, status: 'running', fingerprint: itsFingerprint });
    const { submit, store } = aSubmitter((call) => {
      if (call === 'write submit') store.items.set(itsKeyedId, running);
    });
    expect(await submit(aKeyedSubmission)).toEqual({ job: running, replayed: false });
  });

  test('whose item is and is not there is not accepted', async () => {
    const { submit, store, calls } = aSubmitter((call) => {
      if (call === 'write submit')
        store.items.set(itsKeyedId, aQueuedItem({ id: itsKeyedId, fingerprint: itsFingerprint }));
      if (call === 'read' && calls.length > 1) store.items.clear();
    });
    await expect(submit(aKeyedSubmission)).rejects.toThrow(StoreUnavailableError);
  });
});

test('a job is refused if it is larger than what an item can keep, counted as it is written', async () => {
  const { submit, queue } = aSubmitter();
  const of = (length: number) => submit({ ...aSubmission, payload: 'é'.repeat(length) });
  await of(0);
  const [empty] = queue.sent;
  const frame = Buffer.byteLength(writeMessage({ ...aMessage(), ...empty?.message }));
  const most = Math.floor((260 * 1024 - frame) / 2);
  await of(most);
  await expect(of(most + 1)).rejects.toThrow(PayloadTooLargeError);
  expect(queue.sent).toHaveLength(2);
});
