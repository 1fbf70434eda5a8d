import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../../shared/domain/base/errors.ts';
import { type BatchRoot, batchIdOf, type RootState } from '../../../../../shared/domain/children/batch.ts';
import { maxBatches } from '../../../../../shared/domain/state/job/item-budget.ts';
import { type JobMessage, writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { RecentRoots } from '../../../../../shared/worker/children/recent-roots.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { noChildren } from '../../../../../testkit/fakes/no-children.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { type AllHandlers, handlers } from '../../../../set-ups/handlers.ts';
import { aDelivery, aMessage, anId, aQueuedItem, aRoot, jobId } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const { counting } = contracts;

/** Runs a slice of a job that spawns children. @returns its item, and what was sent and stored */
async function sliceOf(booking: AllHandlers['booking'], { batches } = noChildren()) {
  const { deps, store } = aWorker();
  const sent: JobMessage[] = [];
  const sendAll = async (messages: readonly JobMessage[]) => void sent.push(...messages);
  const payload = { seats: 0, waitSeconds: 0 };
  const message = aMessage({ type: 'booking', version: 2, payload });
  await processDelivery(aDelivery({ body: writeMessage(message) }), anInvocation(deps.clock as FixedClock), {
    ...{ ...deps, ...noChildren(batches), childQueues: { long: { sendAll } } },
    handlers: { ...handlers, booking },
  });
  return { item: store.items.get(jobId), sent, batches };
}
const nothing = { seats: [], charge: null };

describe('the children of a job', () => {
  test('are sent, and the job waits for them outside of all queues', async () => {
    const { item, sent, batches } = await sliceOf(async (_payload, job) => {
      const batch = await job.spawn('pages', counting, { list: [{ seconds: 1 }, { seconds: 2 }] });
      await batch.succeeded();
      return nothing;
    });
    const batch = batchIdOf(jobId, 'pages');
    expect(item).toMatchObject({
      status: 'waiting',
      batches: new Set([batch]),
      awaits: { batches: [batch] },
    });
    expect(batches.roots.get(batch)).toMatchObject({ count: 2, type: 'counting', parent: jobId });
    const parent = { id: jobId, batch, shard: 0, depth: 1 };
    expect(sent).toMatchObject([
      {
        type: 'counting',
        tenant: item?.tenant,
        payload: { seconds: 1 },
        run: 1,
        parent: { ...parent, index: 0 },
      },
      { payload: { seconds: 2 }, parent: { ...parent, index: 1 } },
    ]);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(2);
  });

  test(`are in ${maxBatches} batches at most: the item names each`, async () => {
    const { item, batches } = await sliceOf(async (_payload, job) => {
      const keys = Array.from({ length: maxBatches + 1 }, (_, key) => `${key}`);
      await Promise.all(keys.map((key) => job.spawn(key, counting, { list: [{ seconds: 1 }] })));
      return nothing;
    });
    const message = `a job spawns at most ${maxBatches} batches of children`;
    expect(item).toMatchObject({ status: 'failed', error: { name: 'StepError', message } });
    expect(item?.batches?.size).toBe(maxBatches);
    // Each has a name in the item before it has a root, and none is made after the end of the attempt.
    for (const batch of batches.roots.keys()) expect(item?.batches).toContain(batch);
  });

  test.each([
    [
      'a payload that does not fit its contract',
      { list: [{ seconds: 1 }, { seconds: -1 }] },
      /child 1 of "pages"/,
    ],
    ['more than 100,000', { count: 100_001, payload: () => ({ seconds: 1 }) }, /can have 0 to 100000/],
  ] as const)('fail their parent by name, with %s', async (_what, children, why) => {
    const { item } = await sliceOf(async (_payload, job) => {
      await job.spawn('pages', counting, children);
      return nothing;
    });
    expect(item).toMatchObject({
      status: 'failed',
      error: { name: 'StepError', message: expect.stringMatching(why) },
    });
  });
});

test('a child that is made again is told when it was submitted first, and any other job what its message says', async () => {
  const seen: number[] = [];
  const counting: AllHandlers['counting'] = async ({ seconds }, { submittedAt }) => {
    seen.push(submittedAt);
    return { seconds };
  };
  const parent = { id: anId(9), batch: anId(1), index: 0, shard: 0, depth: 1, leave: true } as const;
  for (const own of [{ parent }, {}]) {
    const { deps, store } = aWorker();
    const message = aMessage({ version: 2, run: 2, submittedAt: t0, ...own });
    store.items.set(jobId, aQueuedItem({ run: 2, createdAt: t0 - 9, ...own }));
    await processDelivery(
      aDelivery({ body: writeMessage(message) }),
      anInvocation(deps.clock as FixedClock),
      { ...deps, handlers: { ...handlers, counting } },
    );
  }
  expect(seen).toEqual([t0 - 9, t0]);
});

describe('RecentRoots', () => {
  const batch = anId(7);
  const there = (over: Partial<BatchRoot> = {}): RootState => ({
    kind: 'there',
    root: aRoot({ batch, ...over }),
  });
  function aReader(first: RootState) {
    const [clock, reads] = [new FixedClock(), { count: 0, answer: async () => first }];
    const find = (): Promise<RootState> => {
      reads.count += 1;
      return reads.answer();
    };
    return { roots: new RecentRoots({ batches: { find }, clock }), clock, reads };
  }

  test('reads a batch once for all of its children that come within a second, and then anew', async () => {
    const root = there();
    const { roots, clock, reads } = aReader(root);
    expect(await Promise.all([roots.find(batch), roots.find(batch)])).toEqual([root, root]);
    await clock.advance(999);
    expect(await roots.find(batch)).toBe(root);
    expect(reads.count).toBe(1);
    await clock.advance(1);
    await roots.find(batch);
    expect(reads.count).toBe(2);
    await roots.find(anId(8));
    expect(reads.count).toBe(3);
  });

  test.each<[string, RootState]>([
    ['is gone', { kind: 'gone' }],
    ['is erased', { kind: 'erased' }],
    ['has ended with its parent', there({ endedRun: 1 })],
  ])('reads a batch anew that %s', async (_what, root) => {
    const { roots, reads } = aReader(root);
    expect(await roots.find(batch)).toBe(root);
    expect(await roots.find(batch)).toBe(root);
    expect(reads.count).toBe(2);
  });

  test('reads a batch anew after an outage', async () => {
    const root = there();
    const { roots, reads } = aReader(root);
    reads.answer = () => Promise.reject(new StoreUnavailableError('no'));
    await expect(roots.find(batch)).rejects.toThrow(StoreUnavailableError);
    await setImmediate();
    reads.answer = async () => root;
    expect(await roots.find(batch)).toBe(root);
  });

  test('knows the hundred that were read last', async () => {
    const { roots, reads } = aReader(there());
    for (let number = 0; number <= 100; number += 1) await roots.find(anId(number));
    await roots.find(anId(100));
    expect(reads.count).toBe(101);
    await roots.find(anId(0));
    expect(reads.count).toBe(102);
  });
});
