import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { defineJob } from '../../../../../shared/author/contract.ts';
import { fairKeyOf } from '../../../../../shared/author/fair-key.ts';
import {
  InvalidRequestError,
  KeyReusedError,
  PayloadTooLargeError,
  QueueUnavailableError,
  StoreUnavailableError,
  TenantSuspendedError,
} from '../../../../../shared/domain/base/errors.ts';
import { maxAheadSeconds } from '../../../../../shared/domain/base/schedule-time.ts';
import { ObjectsUnavailableError } from '../../../../../shared/domain/objects/object-errors.ts';
import { readMessage, writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { debouncesIn } from '../../../../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../../../../shared/domain/state/limits/first-tries.ts';
import { claimWrite } from '../../../../../shared/domain/state/writes/message-writes.ts';
import { parseSubmission } from '../../../../../shared/http/requests/parse-submission.ts';
import { submitJob } from '../../../../../shared/operations/submit/submit-job.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryPointerQueue, inMemoryJobQueues } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../../../../testkit/fakes/in-memory-records.ts';
import { suspending } from '../../../../../testkit/fakes/suspending.ts';
import { contracts as allTypes } from '../../../../job-types/contracts.ts';
import {
  aMessage,
  anId,
  aQueuedItem,
  aRequest,
  stageSetup,
  uploadRules,
} from '../../../../set-ups/samples.ts';
import {
  aKeyedSubmission,
  aSubmission,
  aSubmitter,
  itsFingerprint,
  itsKeyedId,
} from '../../../../set-ups/submitter.ts';

const bySeconds = {
  ...allTypes,
  counting: { ...allTypes.counting, fairBy: ({ seconds }: { seconds: number }) => `${seconds}` },
};

describe('submit job', () => {
  describe('submitJob', () => {
    test('sends the message before it writes the item', async () => {
      const { submit, calls } = aSubmitter();
      await submit(aSubmission);
      expect(calls).toEqual(['send run 1', 'write submit']);
    });

    test('keeps each message first where the stage says so, and in the item of a worker that was faster', async () => {
      const kept = { keptMessage: 'the message' };
      const keepPayload = async () => kept;
      const first = aSubmitter();
      const { job } = await first.submit(aSubmission, { keepPayload });
      expect(job).toMatchObject(kept);
      const message = first.queue.sent[0]?.message ?? aMessage();
      const worker = claimWrite(message, { now: t0, claimId: 'c', leaseMs: 60_000 });
      const overtaken = aSubmitter(async (call) => {
        if (call === 'write submit') await overtaken.store.write(worker);
      });
      const found = await overtaken.submit(aSubmission, { keepPayload });
      expect(overtaken.calls).toEqual(['send run 1', 'write submit', 'write keepMessage', 'read']);
      expect(found.job).toMatchObject({ status: 'running', ...kept });
    });

    test('says with the message whom of its tenant the job is for', async () => {
      const { submit, queue } = aSubmitter();
      await submit(aSubmission, { contracts: bySeconds });
      const { fairKey } = queue.sent[0]?.message ?? aMessage();
      expect(fairKey).toBe(fairKeyOf(bySeconds.counting, aSubmission));
      expect(fairKey).toBeDefined();
    });

    test('accepts no job whose large message cannot be kept where the stage keeps each', async () => {
      const { submit, calls } = aSubmitter();
      const keepPayload = async () => Promise.reject(new ObjectsUnavailableError('no answer'));
      await expect(submit(aSubmission, { keepPayload })).rejects.toThrow(ObjectsUnavailableError);
      expect(calls).toEqual([]);
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

    test('refuses a suspended tenant, without a call, also if the job was accepted before', async () => {
      const { submit, calls, suspended } = aSubmitter();
      const keyed = { ...aSubmission, idempotencyKey: 'a key' };
      await submit(keyed);
      calls.length = 0;
      suspended.add(aSubmission.tenant);
      for (const submission of [aSubmission, keyed])
        await expect(submit(submission)).rejects.toThrow(TenantSuspendedError);
      expect(calls).toEqual([]);
      expect(await submit({ ...aSubmission, tenant: 'another' })).toMatchObject({ replayed: false });
    });

    test('sends the message to the run queue of the type', async () => {
      const { submit, sent } = aSubmitter();
      await submit({ ...aSubmission, type: 'csv-sums' });
      await submit(aSubmission);
      expect(sent()).toMatchObject([
        { queue: 'standard', message: { type: 'csv-sums' }, delaySeconds: 0 },
        { queue: 'long', message: { type: 'counting' }, delaySeconds: 0 },
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
});

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
    ['another type', { ...aKeyedSubmission, type: 'csv-sums' }],
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

const runAt = t0 + 1_000;

/** Submits while the table cannot be reached, so that there is a message and no item. Submits again after a time. */
async function submittedAgain(submission: typeof aSubmission, afterMs: number) {
  let isDown = true;
  const { submit, clock, sent } = aSubmitter((call) => {
    if (call.startsWith('write') && isDown) throw new StoreUnavailableError('no');
  });
  await expect(submit({ ...submission, runAt })).rejects.toThrow(StoreUnavailableError);
  expect(sent()).toHaveLength(1);
  isDown = false;
  await clock.advance(afterMs);
  return submit({ ...submission, runAt });
}

describe('submit again later', () => {
  test('submitJob accepts a repeated submission with a key up to 5 minutes after its start time', async () => {
    const { job } = await submittedAgain(aKeyedSubmission, 1_000 + 5 * 60_000);
    expect(job).toMatchObject({ status: 'queued', runAt });
  });

  test.each([
    ['with a key more than 5 minutes after its start time', aKeyedSubmission, 1_001 + 5 * 60_000],
    ['without a key after its start time', aSubmission, 1_001],
  ])('submitJob rejects a repeated submission %s', async (_what, submission, afterMs) => {
    await expect(submittedAgain(submission, afterMs)).rejects.toThrow(InvalidRequestError);
  });
});

/** Contracts that accept as much as contracts can. */
const contracts = {
  anything: defineJob({ payload: z.unknown(), result: z.unknown(), timeoutSeconds: 1, maxAttempts: 1 }),
  optional: defineJob({
    payload: z.optional(z.nullable(z.looseObject({ a: z.optional(z.number()) }))),
    result: z.unknown(),
    queue: 'long',
    timeoutSeconds: 1,
    maxAttempts: 100,
  }),
};

/** What the use case sends for a request, if it accepts it. */
async function accepted(body: string, key?: string) {
  const queues = inMemoryJobQueues();
  const store = new InMemoryJobStore();
  const headers = { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) };
  const deps = {
    ...suspending(),
    store,
    queues,
    contracts,
    clock: new FixedClock(),
    random: fixedRandom(),
    jobIdSecret: 's',
    uploads: uploadRules,
    setup: stageSetup,
    listShards: 1,
    firstTries: firstTriesIn(new InMemoryRecords()),
    debounces: debouncesIn(new InMemoryRecords()),
    pointers: new InMemoryPointerQueue(),
  };
  const { job } = await submitJob(
    parseSubmission(aRequest({ body, headers }), { tenant: 'a tenant', contracts }),
    deps,
  );
  const [sent] = Object.values(queues).flatMap((queue) => queue.sent);
  return { job, message: sent?.message };
}

const type = fc.constantFrom('anything', 'optional');
const payload = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('a', 'b'), fc.integer()));
const requestWith = (option: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ type, payload, ...option }, { requiredKeys: ['type'] });
const requests = fc.oneof(
  requestWith({ group: fc.string({ minLength: 1, maxLength: 20 }) }),
  requestWith({ delaySeconds: fc.integer({ min: 0, max: maxAheadSeconds }), dependsOn: fc.constant([]) }),
  requestWith({
    runAt: fc.integer({ min: t0, max: t0 + maxAheadSeconds * 1000 }).map((at) => new Date(at).toISOString()),
  }),
);

describe('submit readable', () => {
  test('whatever submit accepts, the worker can read', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(requests, async (body) => {
        const { message } = await accepted(JSON.stringify(body)).catch(() => ({ message: undefined }));
        if (!message) return;
        count += 1;
        expect(readMessage(writeMessage(message))).toEqual(JSON.parse(JSON.stringify(message)));
      }),
    );
    expect(count).toBeGreaterThan(50);
  });

  test.each(['anything', 'optional'])(
    'no payload is the same as null, to a type that accepts it: %s',
    async (type) => {
      const without = await accepted(JSON.stringify({ type }), 'a-key');
      const withNull = await accepted(JSON.stringify({ type, payload: null }), 'a-key');
      expect(without.message).toMatchObject({ type, payload: null });
      expect(without.message?.fingerprint).toBe(withNull.message?.fingerprint);
      expect(readMessage(writeMessage(without.message ?? (null as never)))).toEqual(without.message);
    },
  );
});
