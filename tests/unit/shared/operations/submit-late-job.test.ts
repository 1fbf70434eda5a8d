import { describe, expect, test } from '@jest/globals';
import { eraseWrite } from '../../../../shared/job/control-writes.ts';
import {
  ConflictError,
  InvalidRequestError,
  KeyReusedError,
  StoreUnavailableError,
} from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aFailedItem } from '../../../set-ups/samples.ts';
import {
  aKeyedSubmission,
  aSubmission,
  aSubmitter,
  itsFingerprint,
  itsKeyedId,
} from '../../../set-ups/submitter.ts';

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
    expect(await store.write(eraseWrite(ended(), t0))).toBeDefined();
    await expect(submit(aKeyedSubmission)).rejects.toThrow(erased);
    await expect(submit({ ...aKeyedSubmission, payload: { seconds: 2 } })).rejects.toThrow(erased);
    expect(sent()).toEqual([]);
  });

  test('throws a ConflictError if the job of the key was run and erased before its item could be written', async () => {
    const { submit, store } = aSubmitter(async (call) => {
      if (call !== 'write submit') return;
      store.items.set(itsKeyedId, ended());
      await store.write(eraseWrite(ended(), t0));
    });
    await expect(submit(aKeyedSubmission)).rejects.toThrow(erased);
  });

  test('throws an InvalidRequestError if the job depends on one that was erased', async () => {
    const { submit, store } = aSubmitter();
    store.items.set(itsKeyedId, ended());
    await store.write(eraseWrite(ended(), t0));
    await expect(submit({ ...aSubmission, dependsOn: [itsKeyedId] })).rejects.toThrow(InvalidRequestError);
  });
});
