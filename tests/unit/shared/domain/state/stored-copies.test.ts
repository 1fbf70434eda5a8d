import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StoreUnavailableError, UnreadableMessageError } from '../../../../../shared/domain/base/errors.ts';
import {
  MissingObjectError,
  ObjectsUnavailableError,
} from '../../../../../shared/domain/objects/object-errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { type JobMessage, writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import {
  keepEachPayload,
  keepMessagesInObjects,
  readStoredCopy,
} from '../../../../../shared/domain/state/stored-copies.ts';
import { deferWrite } from '../../../../../shared/domain/state/writes/admission-writes.ts';
import { handOverWrite, outcomeWrite } from '../../../../../shared/domain/state/writes/holder-writes.ts';
import {
  failUnclaimedWrite,
  saveMessageWrite,
} from '../../../../../shared/domain/state/writes/message-writes.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../../testkit/fakes/in-memory-objects.ts';
import { InMemoryJobQueue } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { intercepted } from '../../../../../testkit/fakes/intercepted.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { sizeOf } from '../../../../set-ups/item-size.ts';
import {
  aFailedItem,
  aLease,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  dayMs,
  jobId,
  leaseMs,
  retentionMs,
} from '../../../../set-ups/samples.ts';

/** A message of so many bytes. */
function messageOf(bytes: number, over: Partial<JobMessage> = {}): JobMessage {
  const message = aMessage({ ...over, payload: '' });
  return { ...message, payload: 'x'.repeat(bytes - Buffer.byteLength(writeMessage(message))) };
}

/** A table that keeps large messages in objects, on fakes. It has this item. A call that is named in `failing` throws. */
function keeping(item?: JobItem, failing: ReadonlyMap<string, Error> = new Map()) {
  const table = new InMemoryJobStore();
  const bucket = new InMemoryObjectStore();
  if (item) table.items.set(item.id, item);
  const calls: string[] = [];
  const before = (call: string) => {
    calls.push(call);
    const error = failing.get(call);
    if (error) throw error;
  };
  const objects = {
    put: async (object: Parameters<typeof bucket.put>[0]) => {
      before('put');
      await bucket.put(object);
    },
    delete: async (name: string) => {
      before(`delete ${name}`);
      await bucket.delete(name);
    },
  };
  const clock = new FixedClock();
  const log = recordedLog();
  const { store } = intercepted({ store: table, queue: new InMemoryJobQueue() }, { before });
  const keeper = keepMessagesInObjects(store, { objects, clock, random: fixedRandom(), log });
  return { keeper, bucket, calls, clock, log, stored: (id = jobId) => table.items.get(id) };
}

/** Of the objects of its job's first run. */
const prefix = (kind: 'ended' | 'waiting', run = 1) =>
  `messages/${kind}/PeEoLvu204zpwmR54XZ2WA/${jobId}/${run}/`;
const nameOf = (kind: 'ended' | 'waiting', number = 1) =>
  `${prefix(kind)}${t0}-${anId(number).replace('-9', '-8')}`;
const earlier = `${prefix('waiting')}${t0 - 1}-x`;

const ending = { now: t0, retentionMs };
const unavailable = new ObjectsUnavailableError('no');

describe('a table that keeps messages in objects', () => {
  const error = { name: 'Error', message: 'no' };
  const message = messageOf(5_000);
  const failing = (running = aRunningItem()) =>
    outcomeWrite(aLease(running, message), { kind: 'failed', error }, ending);

  function waiting() {
    return { options: { maxAttempts: 3, dependsOn: [anId(1)] } };
  }

  test.each([
    ['fails', aRunningItem(), failing(), 'ended'],
    [
      'is canceled',
      aRunningItem(),
      outcomeWrite(aLease(aRunningItem(), message), { kind: 'canceled' }, ending),
      'ended',
    ],
    [
      'fails unclaimed',
      undefined,
      failUnclaimedWrite(message, { ...ending, item: undefined, error }),
      'ended',
    ],
    [
      'was canceled, and whose message is saved',
      aFailedItem({ status: 'canceled', message: undefined }),
      saveMessageWrite(message, t0),
      'ended',
    ],
    ['waits for others', aQueuedItem(), deferWrite(messageOf(5_000, waiting()), t0 + 9, t0), 'waiting'],
  ] as const)('writes the message of a job that %s before its item', async (_what, item, write, kind) => {
    const { keeper, bucket, calls, stored } = keeping(item);
    const written = await keeper.write(write);
    const name = nameOf(kind);
    expect(written).toMatchObject({ message: `@${name}`, messageObject: name });
    expect(stored()).toEqual(written);
    expect(calls).toEqual(['read', 'put', `write ${write.transition}`]);
    expect(Buffer.from(bucket.objects.get(name) ?? []).toString()).toBe(write.set.message);
  });

  test.each([
    [4_096, false],
    [4_097, true],
  ])('keeps a message of %d bytes in an object: %p', async (bytes, inObject) => {
    const { keeper, calls, stored } = keeping(aRunningItem());
    const small = messageOf(bytes);
    await keeper.write(outcomeWrite(aLease(aRunningItem(), small), { kind: 'failed', error }, ending));
    expect(calls.includes('put')).toBe(inObject);
    expect(stored()?.message === writeMessage(small)).toBe(!inObject);
  });

  test('deletes the object that another one replaces, after the item was written', async () => {
    const { keeper, calls } = keeping(aRunningItem({ messageObject: earlier }));
    await keeper.write(failing());
    expect(calls).toEqual(['read', 'put', 'write fail', `delete ${earlier}`]);
  });

  test('deletes the object of a job that succeeds, after its outcome was written', async () => {
    const running = aRunningItem({ messageObject: earlier });
    const { keeper, calls, stored } = keeping(running);
    const outcome = { kind: 'succeeded', result: '1' } as const;
    await keeper.write(outcomeWrite(aLease(running, message), outcome, ending));
    expect(calls).toEqual(['write succeed', `delete ${earlier}`]);
    expect(stored()).not.toHaveProperty('messageObject');
  });

  test('deletes nothing if the write is refused, or its answer is lost: it may be carried out yet', async () => {
    const refused = keeping(aQueuedItem({ messageObject: earlier }));
    expect(await refused.keeper.write(failing())).toBeUndefined();
    expect(refused.calls).toEqual(['read', 'put', 'write fail']);
    const lost = keeping(
      aRunningItem({ messageObject: earlier }),
      new Map([['write fail', new StoreUnavailableError('no')]]),
    );
    await expect(lost.keeper.write(failing())).rejects.toThrow(StoreUnavailableError);
    expect(lost.calls).toEqual(['read', 'put', 'write fail']);
  });

  test('keeps the message in the item while the bucket is out of reach, and says so in the log', async () => {
    const running = aRunningItem({ messageObject: earlier });
    const { keeper, calls, stored, log } = keeping(running, new Map([['put', unavailable]]));
    await keeper.write(failing());
    expect(stored()).toMatchObject({ message: writeMessage(message), messageObject: earlier });
    expect(calls).toEqual(['read', 'put', 'write fail']);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'message kept in the item' }]);
  });

  test('does the same if the bucket does not answer for 3 s', async () => {
    const { keeper, bucket, clock, stored } = keeping(aRunningItem());
    const answer = Promise.withResolvers<void>();
    bucket.put = () => answer.promise;
    const writing = keeper.write(failing());
    await clock.advance(2_999);
    expect(stored()?.status).toBe('running');
    await clock.advance(1);
    await writing;
    expect(stored()?.message).toBe(writeMessage(message));
    answer.reject(unavailable);
  });

  test('writes nothing if something else is wrong with the object', async () => {
    const { keeper, calls } = keeping(aRunningItem(), new Map([['put', new TypeError('no')]]));
    await expect(keeper.write(failing())).rejects.toThrow(TypeError);
    expect(calls).toEqual(['read', 'put']);
  });

  test('is done although an object cannot be deleted, and says so in the log', async () => {
    const running = aRunningItem({ messageObject: earlier });
    const { keeper, log } = keeping(running, new Map([[`delete ${earlier}`, unavailable]]));
    expect(await keeper.write(failing())).toMatchObject({ status: 'failed' });
    expect(log.lines).toMatchObject([
      { level: 'warn', message: 'object not deleted', fields: { object: earlier, jobId } },
    ]);
  });

  test('leaves writes without a message as they are', async () => {
    const { keeper, calls } = keeping(aRunningItem({ messageObject: earlier }));
    await keeper.read(jobId);
    await keeper.write({ ...failing(), transition: 'renew', set: { leaseUntil: t0 + leaseMs } });
    expect(calls).toEqual(['read', 'write renew']);
  });
});

/** A job of this run sleeps, and had its message in this object. @returns the calls that are made */
async function sleeping({ days, run = 1, had }: { days: number; run?: number; had?: string }) {
  const item = aRunningItem({ run, ...(had === undefined ? {} : { messageObject: had }) });
  const { keeper, calls, stored } = keeping(item);
  const lease = aLease(item, messageOf(100_000, { run }));
  await keeper.write(handOverWrite(lease, { now: t0, wakeAt: t0 + days * dayMs }));
  return { calls, item: stored() };
}

describe('kept messages asleep', () => {
  const waiting = `messages/waiting/PeEoLvu204zpwmR54XZ2WA/${jobId}`;

  test('a job that sleeps again has its message in its object already', async () => {
    const had = `${waiting}/1/${t0 - 300 * dayMs}-x`;
    const { calls, item } = await sleeping({ days: 66, had });
    expect(calls).toEqual(['read', 'write sleep']);
    expect(item).toMatchObject({ status: 'waiting', message: `@${had}`, messageObject: had });
  });

  test.each([
    ['has no object', { days: 1 }],
    ['sleeps for longer than its object is kept', { days: 67, had: `${waiting}/1/${t0 - 300 * dayMs}-x` }],
    ['has the object of another run', { days: 1, run: 2, had: `${waiting}/1/${t0}-x` }],
    [
      'has the object of a run that had ended',
      { days: 1, had: `${waiting.replace('waiting', 'ended')}/1/${t0}-x` },
    ],
    ['has an object with a strange name', { days: 1, had: `${waiting}/1/x` }],
  ])(
    'a job that sleeps has its message written if it %s, and the other object is deleted',
    async (_what, given) => {
      const { calls, item } = await sleeping(given);
      const deletions = 'had' in given ? [`delete ${given.had}`] : [];
      expect(calls).toEqual(['read', 'put', 'write sleep', ...deletions]);
      expect(item?.messageObject).toMatch(new RegExp(`^${waiting}/${item?.run}/${t0}-`));
    },
  );

  test('readStoredCopy reads a message from the item, or from its object', async () => {
    const { keeper, bucket, stored } = keeping(aRunningItem());
    const large = messageOf(200_000);
    await keeper.write(handOverWrite(aLease(aRunningItem(), large), { now: t0, wakeAt: t0 + dayMs }));
    expect(stored()?.message?.length).toBeLessThan(200);
    expect(await readStoredCopy(stored()?.message ?? '', bucket)).toEqual(large);
    expect(await readStoredCopy(writeMessage(aMessage()), bucket)).toEqual(aMessage());
  });

  test('readStoredCopy tells an object that is gone from a text that is no message', async () => {
    const { bucket } = keeping();
    await expect(readStoredCopy('@messages/a', bucket)).rejects.toThrow(MissingObjectError);
    await bucket.put({ name: 'messages/a', body: '@messages/a', contentType: 'application/json' });
    for (const kept of ['?', '@messages/a'])
      expect(await readStoredCopy(kept, bucket)).toBeInstanceOf(UnreadableMessageError);
  });
});

test('an ordinary job with a payload of any size takes less than 5 KB when it has failed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 500, max: 260 * 1024 }), async (bytes) => {
      const large = messageOf(bytes);
      const running = aRunningItem();
      const { keeper } = keeping(running);
      const end = { now: t0, retentionMs };
      const outcome = { kind: 'failed', error: { name: 'Error', message: 'no' } } as const;
      const failed = await keeper.write(outcomeWrite(aLease(running, large), outcome, end));
      expect(sizeOf(failed)).toBeLessThan(5 * 1024);
    }),
  );
});

describe('a stage that keeps each payload', () => {
  test('keeps up to 4 KB in the item, and more in an object', async () => {
    const objects = new InMemoryObjectStore();
    const keep = keepEachPayload({ objects, clock: new FixedClock(), random: fixedRandom() });
    const small = messageOf(4 * 1024);
    expect(await keep(small)).toEqual({ keptMessage: writeMessage(small) });
    const large = messageOf(4 * 1024 + 1);
    const { messageObject = '' } = await keep(large);
    expect(messageObject).toMatch(new RegExp(`^messages/waiting/.+/${large.id}/1/${t0}-`));
    expect(await readStoredCopy(`@${messageObject}`, objects)).toEqual(large);
  });
});
