import { describe, expect, test } from '@jest/globals';
import { deferWrite } from '../../../../shared/job/admission-writes.ts';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { outcomeWrite } from '../../../../shared/job/holder-writes.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { failUnclaimedWrite, saveMessageWrite } from '../../../../shared/job/message-writes.ts';
import { ObjectsUnavailableError } from '../../../../shared/job/object-errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { keeping, messageOf } from '../../../set-ups/keeping.ts';
import {
  aFailedItem,
  aLease,
  anId,
  aQueuedItem,
  aRunningItem,
  jobId,
  leaseMs,
  retentionMs,
} from '../../../set-ups/samples.ts';

const error = { name: 'Error', message: 'no' };
const message = messageOf(5_000);
/** Of the objects of its job's first run. */
const prefix = (kind: 'ended' | 'waiting', run = 1) =>
  `messages/${kind}/PeEoLvu204zpwmR54XZ2WA/${jobId}/${run}/`;
const nameOf = (kind: 'ended' | 'waiting', number = 1) =>
  `${prefix(kind)}${t0}-${anId(number).replace('-9', '-8')}`;
const earlier = `${prefix('waiting')}${t0 - 1}-x`;

const ending = { now: t0, retentionMs };
const failing = (running = aRunningItem()) =>
  outcomeWrite(aLease(running, message), { kind: 'failed', error }, ending);
const unavailable = new ObjectsUnavailableError('no');

describe('a table that keeps messages in objects', () => {
  test.each([
    ['fails', aRunningItem(), failing(), 'ended'],
    [
      'is canceled',
      aRunningItem(),
      outcomeWrite(aLease(aRunningItem(), message), { kind: 'canceled' }, ending),
      'ended',
    ],
    ['fails unclaimed', undefined, failUnclaimedWrite(message, { ...ending, error }), 'ended'],
    [
      'was canceled, and whose message is saved',
      aFailedItem({ status: 'canceled', message: undefined }),
      saveMessageWrite(message, t0),
      'ended',
    ],
    ['waits for others', aQueuedItem(), deferWrite(messageOf(5_000, waiting()), t0), 'waiting'],
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

function waiting() {
  return { options: { maxAttempts: 3, dependsOn: [anId(1)] } };
}
