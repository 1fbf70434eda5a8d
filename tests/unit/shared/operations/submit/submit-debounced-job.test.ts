import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { Contracts } from '../../../../../shared/author/contract.ts';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import {
  InvalidRequestError,
  KeyReusedError,
  PayloadTooLargeError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { isDebouncing, type JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { readMessage } from '../../../../../shared/domain/state/job/message.ts';
import { debouncesIn } from '../../../../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../../../../shared/domain/state/limits/first-tries.ts';
import type { Submission } from '../../../../../shared/operations/submit/submission.ts';
import { InMemoryPointerQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../../../../testkit/fakes/in-memory-records.ts';
import { contracts as allTypes } from '../../../../job-types/contracts.ts';
import { aSubmission, aSubmitter } from '../../../../set-ups/submitter.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

const debounce = {
  key: (_payload: unknown, { tenant }: { readonly tenant: string }) => tenant,
  ...{ delaySeconds: 20, maxDelaySeconds: 50 },
};
const contracts: Contracts = { ...allTypes, counting: { ...allTypes.counting, debounce } };

/** Submits debounced jobs on fakes. The payload says which submission it is. */
function aDebouncedStage() {
  const submitter = aSubmitter();
  const { store, clock } = submitter;
  const numbers = debouncesIn(new InMemoryRecords());
  const pointers = new InMemoryPointerQueue();
  const submit = (seconds: number, over: Partial<Submission> = {}, more = {}) =>
    submitter.submit(
      { ...aSubmission, payload: { seconds }, ...over },
      { contracts, debounces: numbers, pointers, ...more },
    );
  const itemOf = (id: string) => store.items.get(id) as JobItem;
  const payloadOf = (id: string) => {
    const message = readMessage(itemOf(id).message ?? '');
    return message instanceof Error ? message : message.payload;
  };
  const change = (id: string, over: Partial<JobItem>) => store.items.set(id, { ...itemOf(id), ...over });
  return { ...submitter, submit, itemOf, payloadOf, change, debounces: numbers, pointers, at: clock.now() };
}

describe('a debounced job', () => {
  test('waits in its item, and a pointer brings it back', async () => {
    const { submit, itemOf, payloadOf, sent, pointers, at } = aDebouncedStage();
    const { job, replayed } = await submit(1, { tags: ['first'] });
    expect([replayed, job.status, job.notBefore, job.postponedUntil]).toEqual([
      false,
      'waiting',
      at + 20_000,
      at + 20_000,
    ]);
    expect([payloadOf(job.id), itemOf(job.id).debounced]).toEqual([
      { seconds: 1 },
      { submissions: 1, latestAt: at + 50_000 },
    ]);
    expect(sent()).toEqual([]);
    expect(pointers.sent).toMatchObject([{ pointer: { id: job.id }, delaySeconds: 20 }]);
  });

  test('gets the payload of the next submission, and its time, but none of its options; no pointer is sent', async () => {
    const { submit, itemOf, payloadOf, clock, calls, pointers, at } = aDebouncedStage();
    const { job } = await submit(1, { tags: ['first'] });
    await clock.advance(15_000);
    calls.length = 0;
    const second = await submit(2, { tags: ['second'], maxAttempts: 1 });
    expect([second.job.id, second.replayed, payloadOf(job.id)]).toEqual([job.id, false, { seconds: 2 }]);
    expect(itemOf(job.id)).toMatchObject({
      ...{ tags: ['first'], maxAttempts: job.maxAttempts, createdAt: at, notBefore: at + 35_000 },
      debounced: { submissions: 2, latestAt: at + 50_000 },
    });
    expect([calls, pointers.sent.length]).toEqual([['read', 'write replace'], 1]);
  });

  test('waits no longer than its type says after the first submission', async () => {
    const { submit, itemOf, clock, at } = aDebouncedStage();
    const { job } = await submit(1);
    for (const seconds of [2, 3, 4]) {
      await clock.advance(15_000);
      await submit(seconds);
    }
    expect(itemOf(job.id).notBefore).toBe(at + 50_000);
  });

  test.each<[string, Partial<JobItem>]>([
    ['was let run', { status: 'queued', admittedBy: 'a message' }],
    ['waits again after it was let run', { admittedBy: 'a message' }],
    ['is canceled', { status: 'canceled' }],
    ['is to be canceled', { cancelRequested: true }],
    ['was retried', { run: 2 }],
  ])('is another one if the one before %s', async (_what, over) => {
    const { submit, change, payloadOf, pointers } = aDebouncedStage();
    const { job } = await submit(1);
    change(job.id, over);
    const second = await submit(2);
    expect(second.job.id).not.toBe(job.id);
    expect([payloadOf(job.id), payloadOf(second.job.id)]).toEqual([{ seconds: 1 }, { seconds: 2 }]);
    expect([(await submit(3)).job.id, pointers.sent.length]).toEqual([second.job.id, 2]);
  });

  test('is another one for another tenant, and another type', async () => {
    const { submit } = aDebouncedStage();
    const { counting } = contracts;
    const types = counting ? { ...contracts, 'sort-lines': counting } : contracts;
    const ids = [
      (await submit(1)).job.id,
      (await submit(1, { tenant: 'another' })).job.id,
      (await submit(1, { type: 'sort-lines' }, { contracts: types })).job.id,
    ];
    expect(new Set(ids).size).toBe(3);
  });

  test('can have a payload of any size that a job may have: its item keeps it', async () => {
    const { submit, itemOf } = aDebouncedStage();
    const counting = { ...allTypes.counting, payload: z.unknown(), debounce };
    const more = { contracts: { ...contracts, counting } };
    const { job } = await submit(1, { payload: 'small' }, more);
    await submit(2, { payload: 'x'.repeat(200_000) }, more);
    expect(itemOf(job.id).message?.length).toBeGreaterThan(200_000);
    await expect(submit(3, { payload: 'x'.repeat(270_000) }, more)).rejects.toThrow(PayloadTooLargeError);
  });

  test('is kept as its last payload, where the stage keeps each', async () => {
    const { submit, itemOf } = aDebouncedStage();
    const kept = ['small', undefined];
    const keepPayload = async () => {
      const keptMessage = kept.shift();
      return keptMessage === undefined ? { messageObject: 'an object' } : { keptMessage };
    };
    const { job } = await submit(1, {}, { keepPayload });
    expect(itemOf(job.id)).toMatchObject({ keptMessage: 'small' });
    await submit(2, {}, { keepPayload });
    expect([itemOf(job.id).keptMessage, itemOf(job.id).messageObject]).toEqual([undefined, 'an object']);
  });
});

describe('a submission of a debounced job', () => {
  test.each([
    ['group', { group: 'g' }],
    ['dependsOn', { dependsOn: ['8727fcca-6715-88cd-be4f-02627a10fc09'] }],
    ['delaySeconds', { delaySeconds: 5 }],
    ['runAt', { runAt: 5 }],
    ['startBefore', { startBefore: 5 }],
  ])('says nothing of %s', async (name, over) => {
    const refused = aDebouncedStage().submit(1, over);
    await expect(refused).rejects.toThrow(InvalidRequestError);
    await expect(refused).rejects.toMatchObject({ violations: [{ pointer: `/${name}` }] });
  });

  test('without a key is refused', async () => {
    const types: Contracts = {
      ...contracts,
      counting: { ...allTypes.counting, debounce: { ...debounce, key: () => '' } },
    };
    const { submit, store } = aDebouncedStage();
    await expect(submit(1, {}, { contracts: types })).rejects.toMatchObject({
      violations: [{ pointer: '/payload' }],
    });
    expect(store.items.size).toBe(0);
  });

  test('that is repeated with its Idempotency-Key changes nothing, and sends one more pointer while the job waits', async () => {
    const { submit, itemOf, payloadOf, clock, pointers, at } = aDebouncedStage();
    const { job } = await submit(1, { idempotencyKey: 'one' });
    await submit(2, { idempotencyKey: 'two' });
    await clock.advance(10_000);
    expect(await submit(1, { idempotencyKey: 'one' })).toMatchObject({ job: { id: job.id }, replayed: true });
    expect([payloadOf(job.id), itemOf(job.id).notBefore, pointers.sent.length]).toEqual([
      { seconds: 2 },
      at + 20_000,
      2,
    ]);
  });

  test('that is repeated when the job has run is of that job', async () => {
    const { submit, change, pointers } = aDebouncedStage();
    const { job } = await submit(1, { idempotencyKey: 'one' });
    change(job.id, { status: 'succeeded' });
    expect(await submit(1, { idempotencyKey: 'one' })).toMatchObject({ job: { id: job.id }, replayed: true });
    change(job.id, { erased: true });
    await expect(submit(1, { idempotencyKey: 'one' })).rejects.toThrow('was erased');
    expect(pointers.sent.length).toBe(1);
  });

  test('with an Idempotency-Key of another debounce key is refused', async () => {
    const { submit } = aDebouncedStage();
    const types: Contracts = {
      ...contracts,
      counting: { ...allTypes.counting, debounce: { ...debounce, key: () => 'another' } },
    };
    await submit(1, { idempotencyKey: 'one' });
    await expect(submit(1, { idempotencyKey: 'one' }, { contracts: types })).rejects.toThrow(KeyReusedError);
  });

  test('is a job at the door if it makes one, and is let in as what makes none if it replaces a payload', async () => {
    const { submit } = aDebouncedStage();
    const entered: string[] = [];
    const door = {
      enter: async () => void entered.push('job'),
      repeat: async () => void entered.push('replacement'),
    };
    await submit(1, {}, { door });
    await submit(2, {}, { door });
    expect(entered).toEqual(['job', 'replacement']);
  });

  test('counts each replacement, but a repeat of one, and what is refused leaves neither a payload nor a first try', async () => {
    const { submit, payloadOf, clock } = aDebouncedStage();
    const { jobsDoor: door, rates } = aDoor({ jobsPerMinute: 4 }, clock);
    const records = new InMemoryRecords();
    const tries = firstTriesIn(records);
    const submitAs = (seconds: number, over: Partial<Submission> = {}) =>
      submit(seconds, over, { door, firstTries: tries });
    const { job } = await submitAs(1);
    await submitAs(2);
    await submitAs(3, { idempotencyKey: 'a' });
    await submitAs(4, { idempotencyKey: 'b' });
    for (const key of ['a', 'b']) await submitAs(9, { idempotencyKey: key });
    expect([rates.taken, payloadOf(job.id), records.items.size]).toEqual([4, { seconds: 4 }, 2]);
    for (const over of [{}, { idempotencyKey: 'c' }])
      await expect(submitAs(5, over)).rejects.toThrow(LimitExceededError);
    expect([payloadOf(job.id), records.items.size]).toEqual([{ seconds: 4 }, 2]);
    await clock.advance(15_000);
    await submitAs(6, { idempotencyKey: 'c' });
    expect([payloadOf(job.id), records.items.size]).toEqual([{ seconds: 6 }, 3]);
  });

  test('is answered with 503 where the job changes again and again', async () => {
    const { submit, debounces: numbers } = aDebouncedStage();
    const raise = async () => false;
    await expect(submit(1, {}, { debounces: { ...numbers, raise } })).rejects.toThrow(StoreUnavailableError);
  });

  test('waits until admission lets the job run', async () => {
    const { submit, itemOf, change } = aDebouncedStage();
    const { job } = await submit(1);
    expect(isDebouncing(itemOf(job.id))).toBe(true);
    change(job.id, { startedAt: 5 });
    expect(isDebouncing(itemOf(job.id))).toBe(false);
  });
});
