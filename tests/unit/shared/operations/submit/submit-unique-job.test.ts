import { describe, expect, test } from '@jest/globals';
import type { Contracts } from '../../../../../shared/author/contract.ts';
import { LimitExceededError } from '../../../../../shared/domain/access/limit-error.ts';
import {
  InvalidRequestError,
  KeyReusedError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { firstTriesIn } from '../../../../../shared/domain/state/limits/first-tries.ts';
import { refusingDoor } from '../../../../../shared/operations/submit/jobs-door.ts';
import { JobErasedError } from '../../../../../shared/operations/submit/keyed-job-id.ts';
import type { Submission } from '../../../../../shared/operations/submit/submission.ts';
import { InMemoryRecords } from '../../../../../testkit/fakes/in-memory-records.ts';
import { contracts as allTypes } from '../../../../job-types/contracts.ts';
import { aSubmission, aSubmitter } from '../../../../set-ups/submitter.ts';
import { aDoor } from '../../../../set-ups/tenant-door.ts';

const withinSeconds = 3_600;
const windowMs = withinSeconds * 1000;
const unique = { key: ({ seconds }: { seconds: number }) => `${seconds}`, withinSeconds };
const contracts: Contracts = { ...allTypes, counting: { ...allTypes.counting, unique } };
const payload = { seconds: 1 };
/** With the same unique key. */
const other = { payload: { seconds: 1, failFirst: 0 } };

/** Submits unique jobs on fakes. The clock stands at the beginning of a window. */
async function aUniqueStage(before?: Parameters<typeof aSubmitter>[0]) {
  const submitter = aSubmitter(before);
  const { clock } = submitter;
  const nextWindow = () => clock.advance(windowMs - (clock.now() % windowMs));
  await nextWindow();
  const submit = (over: Partial<Submission> = {}, more: Parameters<typeof submitter.submit>[1] = {}) =>
    submitter.submit({ ...aSubmission, payload, ...over }, { contracts, ...more });
  const idOf = async (over: Partial<Submission> = {}) => (await submit(over)).job.id;
  return { ...submitter, submit, idOf, nextWindow };
}

function someTries() {
  const records = new InMemoryRecords();
  return { firstTries: firstTriesIn(records), kept: records.items };
}

describe('a unique job', () => {
  test('is that of each submission with its key in a window, whatever else they say', async () => {
    const { submit, sent, calls } = await aUniqueStage();
    const { job, replayed } = await submit();
    expect(replayed).toBe(false);
    calls.length = 0;
    for (const over of [{}, other, { tags: ['a tag'], group: 'g' }, { runAt: 0 }])
      expect(await submit(over)).toMatchObject({
        job: { id: job.id, fingerprint: job.fingerprint },
        replayed: true,
      });
    expect([sent().length, new Set(calls)]).toEqual([1, new Set(['read'])]);
  });

  test('is another one with another key, of another tenant, of another type, and in the next window', async () => {
    const { submit, idOf, clock, nextWindow } = await aUniqueStage();
    const ids = [await idOf(), await idOf({ payload: { seconds: 2 } }), await idOf({ tenant: 'another' })];
    await clock.advance(windowMs - 1);
    expect(await idOf(other)).toBe(ids[0]);
    await nextWindow();
    ids.push(await idOf(other));
    const { counting } = contracts;
    const types = counting ? { ...contracts, 'sort-lines': counting } : contracts;
    ids.push((await submit({ type: 'sort-lines' }, { contracts: types })).job.id);
    expect(new Set(ids).size).toBe(5);
  });

  test('is one if payloads race', async () => {
    let isRacing = true;
    const racing = await aUniqueStage(async (call) => {
      if (call !== 'write submit' || !isRacing) return;
      isRacing = false;
      await racing.submit(other);
    });
    const { job, replayed } = await racing.submit();
    expect([racing.store.items.size, replayed]).toEqual([1, true]);
    expect(racing.store.items.get(job.id)).toEqual(job);
  });

  test('of a submission that is repeated with its Idempotency-Key is that of its first try', async () => {
    const { idOf, nextWindow } = await aUniqueStage();
    const keyed = { idempotencyKey: 'k' };
    const first = await idOf(keyed);
    expect(await idOf(other)).toBe(first);
    // Of this key the job was there before.
    expect(await idOf({ ...other, idempotencyKey: 'another' })).toBe(first);
    await nextWindow();
    const next = await idOf();
    expect(next).not.toBe(first);
    expect([await idOf(keyed), await idOf({ idempotencyKey: 'another' })]).toEqual([first, first]);
    expect(await idOf({ idempotencyKey: 'a new one' })).toBe(next);
  });

  test('is refused with an Idempotency-Key that came with another unique key, and by no other tenant', async () => {
    const { submit } = await aUniqueStage();
    await submit({ idempotencyKey: 'k' });
    await expect(submit({ idempotencyKey: 'k', payload: { seconds: 2 } })).rejects.toThrow(KeyReusedError);
    await submit({ idempotencyKey: 'k', payload: { seconds: 2 }, tenant: 'another' });
  });

  test('is not made if its first try cannot be kept', async () => {
    const { submit, sent } = await aUniqueStage();
    const no = () => Promise.reject(new StoreUnavailableError('no'));
    const firstTries = { read: no, keep: no, move: no };
    await expect(submit({ idempotencyKey: 'k' }, { firstTries })).rejects.toThrow(StoreUnavailableError);
    expect(sent()).toEqual([]);
  });

  test('that was erased is not made anew in its window', async () => {
    const { submit, store, idOf, nextWindow } = await aUniqueStage();
    const { job } = await submit();
    store.items.set(job.id, { ...job, status: 'canceled', erased: true });
    const refused = await submit(other).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(JobErasedError);
    expect(refused).toMatchObject({ jobId: job.id });
    await nextWindow();
    expect(await idOf()).not.toBe(job.id);
  });

  test('counts once for the limit of its tenant', async () => {
    const { submit, clock } = await aUniqueStage();
    const { jobsDoor: door, rates } = aDoor({ jobsPerMinute: 1 }, clock);
    for (const over of [{}, other]) await submit(over, { door });
    expect(rates.taken).toBe(1);
  });

  test('counts once for each Idempotency-Key that nobody knows, and one that is refused leaves nothing', async () => {
    const { submit, clock, nextWindow } = await aUniqueStage();
    const { jobsDoor: door, rates } = aDoor({ jobsPerMinute: 3 }, clock);
    const { firstTries, kept } = someTries();
    const submitAs = (idempotencyKey: string, over = {}) =>
      submit({ idempotencyKey, ...over }, { door, firstTries });
    const { job } = await submitAs('a');
    for (const key of ['b', 'c', 'a', 'b']) expect((await submitAs(key)).job.id).toBe(job.id);
    expect([rates.taken, kept.size]).toEqual([3, 3]);
    for (const key of ['d', 'e']) await expect(submitAs(key)).rejects.toThrow(LimitExceededError);
    // This one would make a job.
    await expect(submitAs('f', { payload: { seconds: 2 } })).rejects.toThrow(LimitExceededError);
    for (const key of ['a', 'b', 'c']) expect(await submitAs(key)).toMatchObject({ replayed: true });
    expect(await submit({}, { door, firstTries })).toMatchObject({ replayed: true });
    expect([rates.taken, kept.size]).toEqual([3, 3]);
    await nextWindow();
    expect((await submitAs('c')).job.id).toBe(job.id);
  });

  test('costs no read of its first try without a limit', async () => {
    const { submit, clock } = await aUniqueStage();
    const { firstTries, kept } = someTries();
    const read = () => Promise.reject(new Error('nobody reads it'));
    const { jobsDoor: door } = aDoor({ writesPerSecond: 1 }, clock);
    for (const key of ['a', 'b', 'a'])
      await submit({ idempotencyKey: key }, { door, firstTries: Object.assign(firstTries, { read }) });
    expect(kept.size).toBe(2);
  });

  test('under a key that nobody knows is refused where the request is refused, and keeps nothing', async () => {
    const { submit } = await aUniqueStage();
    const { firstTries, kept } = someTries();
    await submit({ idempotencyKey: 'a' }, { firstTries });
    const exceeded = { limit: 'requestsPerSecond', max: 1, retryAfterSeconds: 1 } as const;
    const door = refusingDoor(new LimitExceededError(exceeded));
    for (const over of [{}, { payload: { seconds: 2 } }])
      await expect(submit({ idempotencyKey: 'b', ...over }, { firstTries, door })).rejects.toThrow(
        LimitExceededError,
      );
    expect(await submit({ idempotencyKey: 'a' }, { firstTries, door })).toMatchObject({ replayed: true });
    expect(kept.size).toBe(1);
  });

  test.each<[string, () => string]>([
    ['throws', () => JSON.parse('{')],
    ['returns no text', () => JSON.parse('{}')],
  ])('is refused if the contract %s', async (_what, key) => {
    const { submit, sent } = await aUniqueStage();
    const counting = { ...allTypes.counting, unique: { key, withinSeconds } };
    const refused = await submit({}, { contracts: { ...allTypes, counting } }).catch(
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(InvalidRequestError);
    expect(refused).toMatchObject({ violations: [{ pointer: '/payload' }] });
    expect(sent()).toEqual([]);
  });
});
