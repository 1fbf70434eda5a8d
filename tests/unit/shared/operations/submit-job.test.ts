import { describe, expect, test } from '@jest/globals';
import {
  PayloadTooLargeError,
  QueueUnavailableError,
  StoreUnavailableError,
} from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aMessage, aQueuedItem } from '../../../set-ups/samples.ts';
import {
  aKeyedSubmission,
  aSubmission,
  aSubmitter,
  itsFingerprint,
  itsKeyedId,
} from '../../../set-ups/submitter.ts';

describe('submitJob', () => {
  test('sends the message before it writes the item', async () => {
    const { submit, calls } = aSubmitter();
    await submit(aSubmission);
    expect(calls).toEqual(['send run 1', 'write submit']);
  });

  test('sends a message with all that is needed to run the job, and writes the item of the job', async () => {
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

  test('sends the message to the run queue of the type', async () => {
    const { submit, sent } = aSubmitter();
    await submit({ ...aSubmission, type: 'csv-aggregate' });
    await submit(aSubmission);
    expect(sent()).toMatchObject([
      { queue: 'standard', message: { type: 'csv-aggregate' }, delaySeconds: 0 },
      { queue: 'long', message: { type: 'countdown' }, delaySeconds: 0 },
    ]);
  });

  test('creates another job for every submission without a key', async () => {
    const { submit } = aSubmitter();
    const [one, two] = [await submit(aSubmission), await submit(aSubmission)];
    expect(one.job.id).not.toBe(two.job.id);
  });

  test('throws and writes nothing if the message cannot be sent', async () => {
    const { submit, queue, store } = aSubmitter();
    queue.failing.add('send');
    await expect(submit(aSubmission)).rejects.toThrow(QueueUnavailableError);
    expect(store.items.size).toBe(0);
  });

  test.each(['read', 'write submit'])('throws if the call "%s" to the table fails', async (failing) => {
    const { submit } = aSubmitter((call) => {
      if (call === failing) throw new StoreUnavailableError('no');
    });
    await expect(submit(aKeyedSubmission)).rejects.toThrow(StoreUnavailableError);
  });

  test('returns the item that a worker wrote if the worker was faster', async () => {
    const running = aQueuedItem({ id: itsKeyedId, status: 'running', fingerprint: itsFingerprint });
    const { submit, store } = aSubmitter((call) => {
      if (call === 'write submit') store.items.set(itsKeyedId, running);
    });
    expect(await submit(aKeyedSubmission)).toEqual({ job: running, replayed: false });
  });

  test('throws if the item can neither be created nor read', async () => {
    const { submit, store, calls } = aSubmitter((call) => {
      if (call === 'write submit')
        store.items.set(itsKeyedId, aQueuedItem({ id: itsKeyedId, fingerprint: itsFingerprint }));
      if (call === 'read' && calls.length > 1) store.items.clear();
    });
    await expect(submit(aKeyedSubmission)).rejects.toThrow(StoreUnavailableError);
  });
});

test('submitJob rejects a job whose message has more than 260 KB as JSON', async () => {
  const { submit, queue } = aSubmitter();
  const submitCharacters = (length: number) => submit({ ...aSubmission, payload: 'é'.repeat(length) });
  await submitCharacters(0);
  const [empty] = queue.sent;
  const frame = Buffer.byteLength(writeMessage({ ...aMessage(), ...empty?.message }));
  const maxCharacters = Math.floor((260 * 1024 - frame) / 2);
  await submitCharacters(maxCharacters);
  await expect(submitCharacters(maxCharacters + 1)).rejects.toThrow(PayloadTooLargeError);
  expect(queue.sent).toHaveLength(2);
});
