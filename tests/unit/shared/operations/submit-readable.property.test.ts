import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod/mini';
import { parseSubmission } from '../../../../shared/http/parse-submission.ts';
import { defineJob } from '../../../../shared/job/contract.ts';
import { readMessage, writeMessage } from '../../../../shared/job/message.ts';
import { maxAheadSeconds } from '../../../../shared/job/schedule-time.ts';
import { submitJob } from '../../../../shared/operations/submit-job.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryJobQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { aRequest, stageSetup, uploadRules } from '../../../set-ups/samples.ts';

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
  const queues = {
    standard: new InMemoryJobQueue(),
    long: new InMemoryJobQueue(),
    server: new InMemoryJobQueue(),
    ordered: new InMemoryJobQueue({ isOrdered: true }),
    waiting: new InMemoryJobQueue(),
  };
  const store = new InMemoryJobStore();
  const headers = { 'content-type': 'application/json', ...(key ? { 'idempotency-key': key } : {}) };
  const deps = {
    store,
    queues,
    contracts,
    clock: new FixedClock(),
    random: fixedRandom(),
    jobIdSecret: 's',
    uploads: uploadRules,
    setup: stageSetup,
    listShards: 1,
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
