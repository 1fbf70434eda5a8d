import { createHash, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { defineJob } from '../../shared/author/contract.ts';
import type { JobHandler } from '../../shared/author/handler.ts';
import { systemClock, systemRandom } from '../../shared/aws/clients/clients.ts';
import { s3MultipartUploads } from '../../shared/aws/objects/multipart-uploads.ts';
import { s3ObjectStore } from '../../shared/aws/objects/object-store.ts';
import { dynamoDbJobStoreWithMessages } from '../../shared/aws/records/job-store.ts';
import type { MultipartUploads } from '../../shared/domain/objects/object-ports.ts';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { processDelivery } from '../../shared/worker/attempt/process-delivery.ts';
import type { WorkerDependencies } from '../../shared/worker/gates/before-claim.ts';
import { invocationOf } from '../../shared/worker/hold/invocation.ts';
import { bucketEnvironment } from '../bucket-environment.ts';
import type { LocalAws } from '../local-aws.ts';
import { aDelivery, aMessage } from '../set-ups/samples.ts';
import { aWorker } from '../set-ups/worker.ts';
import { lambdaContext } from './events.ts';
import type { System } from './system.ts';

const contract = defineJob({
  payload: z.strictObject({ blocks: z.int() }),
  result: z.strictObject({ blocks: z.int() }),
  checkpoint: z.strictObject({ next: z.int() }),
  timeoutSeconds: 40,
  maxAttempts: 50,
});

const blockBytes = 512 * 1024;
/** A block says where it belongs, and which claim wrote it. */
const blockOf = (place: number, fencingToken: number): Buffer =>
  Buffer.alloc(blockBytes, `${place} by ${fencingToken};`);

const stream: JobHandler<typeof contract> = async ({ blocks }, job) => {
  const output = job.output({ contentType: 'application/x-blocks' });
  for (let next = job.resume?.next ?? 0; next < blocks; next += 1) {
    await output.write(blockOf(next, job.fencingToken));
    await job.pause(0.05);
    await job.checkpoint({ next: next + 1 });
  }
  return { blocks };
};

let aws: LocalAws;

/** A worker on the table and the bucket of the emulators. */
function workerOf(id: string) {
  const bucket = bucketEnvironment('bucket', aws.s3Endpoint);
  const multipart = s3MultipartUploads(bucket);
  const own = { objects: s3ObjectStore(bucket), clock: systemClock, random: systemRandom };
  const { deps: fakes } = aWorker();
  const deps: WorkerDependencies = {
    ...fakes,
    ...own,
    store: dynamoDbJobStoreWithMessages(aws.dynamoDb, aws.env, { ...fakes, ...own }),
    multipart,
    contracts: { stream: contract },
    handlers: { stream },
    leaseMs: 2_000,
    heartbeatMs: 500,
    retentionMs: 1_000_000,
  };
  // A busy machine may need some attempts.
  const options = { maxAttempts: contract.maxAttempts };
  const body = JSON.stringify(aMessage({ id, type: 'stream', payload: { blocks: 50 }, options }));
  const process = (over: Partial<WorkerDependencies> = {}, timeoutMs = 2_500) => {
    const invocation = invocationOf(lambdaContext(timeoutMs), [{ body }], systemClock);
    return processDelivery(aDelivery({ body }), invocation, { ...deps, ...over });
  };
  return { deps, multipart, process, item: () => deps.store.read(id) };
}

/** Completes an upload, and never answers: as if the worker died right after the call. */
const dyingAfterCompletion = (multipart: MultipartUploads, died: () => void): MultipartUploads => ({
  ...multipart,
  complete: async (upload, parts) => {
    await multipart.complete(upload, parts);
    died();
    await new Promise(() => {});
  },
});

/** Streams until the worker dies, right after it has completed the result. */
async function streamUntilDeath(worker: ReturnType<typeof workerOf>) {
  const { multipart, process, item } = worker;
  for (;;) {
    const death = Promise.withResolvers<'dead'>();
    const dying = dyingAfterCompletion(multipart, () => death.resolve('dead'));
    // It takes no notice of its death: its lease must run out by itself.
    const invocation = process({ multipart: dying, heartbeatMs: 600_000 });
    // Handed over; or, on a busy machine, too late for that, and it waits for its next attempt.
    const ended = invocation.then(() => setTimeout(50, 'ended' as const));
    if ((await Promise.race([death.promise, ended])) === 'dead') return item();
    expect((await item())?.status).not.toBe('failed');
  }
}

export function describeStreamedResults(running: () => System): void {
  beforeAll(() => {
    ({ aws } = running());
  });

  test('a result of 25 MB is streamed over slices, by a worker that dies when it is complete and one that goes on', async () => {
    let worker = workerOf(randomUUID());
    let left = await streamUntilDeath(worker);
    // After an attempt that was too late, the next one may have so little to do that one slice is enough. Then another job shows it.
    while (left?.slices === undefined) {
      worker = workerOf(randomUUID());
      left = await streamUntilDeath(worker);
    }
    const { deps, process, item } = worker;
    expect(left).toMatchObject({ status: 'running' });
    expect(left.slices).toBeGreaterThanOrEqual(1);
    expect(left.output?.parts.length).toBeGreaterThanOrEqual(1);

    await setTimeout(2_200);
    for (; !isTerminal((await item())?.status ?? 'queued'); await setTimeout(50)) await process({}, 30_000);
    const done = await item();
    expect(done).toMatchObject({
      status: 'succeeded',
      result: '{"blocks":50}',
      resultObject: { bytes: 50 * blockBytes, contentType: 'application/x-blocks' },
    });
    expect(done).not.toHaveProperty('output');
    expect(done?.resultObject?.name).not.toBe(left.output?.upload?.name);

    const read = createHash('sha256');
    const expected = createHash('sha256');
    const chunks: Uint8Array[] = [];
    for await (const chunk of deps.objects.read(done?.resultObject?.name ?? '')) chunks.push(chunk);
    const whole = Buffer.concat(chunks);
    read.update(whole);
    for (let place = 0; place < 50; place += 1) {
      const [, token = ''] =
        /^\d+ by (\d+);/.exec(whole.toString('latin1', place * blockBytes, place * blockBytes + 40)) ?? [];
      expected.update(blockOf(place, Number(token)));
    }
    expect(read.digest('hex')).toBe(expected.digest('hex'));
  });
}
