import { expect, test } from '@jest/globals';
import { UnreadableMessageError } from '../../../../shared/job/errors.ts';
import { handOverWrite } from '../../../../shared/job/holder-writes.ts';
import { readKeptMessage } from '../../../../shared/job/kept-messages.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { MissingObjectError } from '../../../../shared/job/object-errors.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { keeping, messageOf } from '../../../set-ups/keeping.ts';
import { aLease, aMessage, aRunningItem, dayMs, jobId } from '../../../set-ups/samples.ts';

const waiting = `messages/waiting/PeEoLvu204zpwmR54XZ2WA/${jobId}`;

/** A job of this run sleeps, and had its message in this object. @returns the calls that are made */
async function sleeping({ days, run = 1, had }: { days: number; run?: number; had?: string }) {
  const item = aRunningItem({ run, ...(had === undefined ? {} : { messageObject: had }) });
  const { keeper, calls, stored } = keeping(item);
  const lease = aLease(item, messageOf(100_000, { run }));
  await keeper.write(handOverWrite(lease, { now: t0, wakeAt: t0 + days * dayMs }));
  return { calls, item: stored() };
}

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

test('readKeptMessage reads a message from the item, or from its object', async () => {
  const { keeper, bucket, stored } = keeping(aRunningItem());
  const large = messageOf(200_000);
  await keeper.write(handOverWrite(aLease(aRunningItem(), large), { now: t0, wakeAt: t0 + dayMs }));
  expect(stored()?.message?.length).toBeLessThan(200);
  expect(await readKeptMessage(stored()?.message ?? '', bucket)).toEqual(large);
  expect(await readKeptMessage(writeMessage(aMessage()), bucket)).toEqual(aMessage());
});

test('readKeptMessage tells an object that is gone from a text that is no message', async () => {
  const { bucket } = keeping();
  await expect(readKeptMessage('@messages/a', bucket)).rejects.toThrow(MissingObjectError);
  await bucket.put({ name: 'messages/a', body: '@messages/a', contentType: 'application/json' });
  for (const kept of ['?', '@messages/a'])
    expect(await readKeptMessage(kept, bucket)).toBeInstanceOf(UnreadableMessageError);
});
