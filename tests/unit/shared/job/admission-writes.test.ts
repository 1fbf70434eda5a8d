import { describe, expect, test } from '@jest/globals';
import { admitWrite, deferWrite, registerDependentWrite } from '../../../../shared/job/admission-writes.ts';
import { type JobMessage, writeMessage } from '../../../../shared/job/message.ts';
import { dependingOn } from '../../../fakes/dependents.ts';
import { itemAfter } from '../../../fakes/item-after.ts';
import {
  aFailedItem,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  ids,
  jobId,
  t0,
} from '../../../fakes/samples.ts';

const message = dependingOn([anId(7)]);
const later: JobMessage = aMessage({ options: { maxAttempts: 3, runAt: t0 + 5 } });
const parked = aQueuedItem({
  status: 'waiting',
  dependsOn: [anId(7)],
  message: writeMessage(message),
  updatedAt: t0,
});
const left = ['waiting', 'running', 'succeeded', 'failed', 'canceled'] as const;

describe('a job that is parked', () => {
  test('waits, and has its message saved for whoever wakes it', async () => {
    expect(await itemAfter(deferWrite(message, t0), aQueuedItem())).toEqual(parked);
  });

  test('has its item created if submit has not written it', async () => {
    expect(await itemAfter(deferWrite(message, t0))).toEqual(parked);
  });

  test('has no message saved if it waits for its time alone: nobody wakes it', async () => {
    const item = await itemAfter(deferWrite(later, t0));
    expect(item).toEqual(aQueuedItem({ status: 'waiting', runAt: t0 + 5, updatedAt: t0 }));
  });

  test('keeps what was counted and told before, and who waits for it', async () => {
    const history = [{ event: 'resubmitted' as const, at: t0 - 1, attempt: 0 }];
    const retried = aQueuedItem({ run: 2, fencingToken: 4, history, dependents: new Set([anId(1)]) });
    const item = await itemAfter(deferWrite({ ...message, run: 2 }, t0), retried);
    expect(item).toMatchObject({
      status: 'waiting',
      run: 2,
      fencingToken: 4,
      history,
      dependents: new Set([anId(1)]),
    });
  });

  test('has the message of this run saved, whatever was saved before', async () => {
    const next = { ...message, run: 2 };
    const item = await itemAfter(deferWrite(next, t0), aQueuedItem({ run: 2, message: parked.message }));
    expect(item?.message).toBe(writeMessage(next));
  });

  test('keeps the time that was answered, whatever another submission with its key says', async () => {
    const answered = aQueuedItem({ runAt: t0 + 90_000 });
    expect((await itemAfter(deferWrite(later, t0), answered))?.runAt).toBe(t0 + 90_000);
  });

  test.each(left)('was queued: not %s', async (status) => {
    expect(await itemAfter(deferWrite(message, t0), aFailedItem({ status }))).toBeUndefined();
  });
});

describe('a job that is opened', () => {
  const open = admitWrite(message, 'message-1', t0 + 9);

  test('is queued, and knows by which message: all else stays, whoever ends may wake it still', async () => {
    const item = await itemAfter(open, parked);
    expect(item).toEqual({ ...parked, status: 'queued', admittedBy: 'message-1', updatedAt: t0 + 9 });
  });

  test('is opened once, and only if it is there', async () => {
    expect(await itemAfter(open, await itemAfter(open, parked))).toBeUndefined();
    expect(await itemAfter(open)).toBeUndefined();
  });

  test.each([{ run: 2 }, { fingerprint: 'another' }])('is of the same request: not %j', async (over) => {
    expect(await itemAfter(open, { ...parked, ...over })).toBeUndefined();
    expect(await itemAfter(deferWrite(message, t0), aQueuedItem(over))).toBeUndefined();
  });
});

describe('a note', () => {
  const note = registerDependentWrite(jobId, anId(1), t0);

  test.each([
    aQueuedItem(),
    aQueuedItem({ status: 'waiting' }),
    aRunningItem(),
    aRunningItem({ cancelRequested: true, leaseUntil: t0 - 1 }),
  ])('is made on a job that is $status, and changes nothing else', async (before) => {
    expect(await itemAfter(note, before)).toEqual({ ...before, dependents: new Set([anId(1)]) });
  });

  test('is added to those before, and once', async () => {
    const before = aQueuedItem({ dependents: new Set([anId(2)]) });
    const item = await itemAfter(note, before);
    expect(item?.dependents).toEqual(new Set([anId(2), anId(1)]));
    expect(await itemAfter(note, item)).toEqual(item);
  });

  test.each(['succeeded', 'failed', 'canceled'] as const)('is not made on one that is %s', async (status) => {
    expect(await itemAfter(note, aFailedItem({ status }))).toBeUndefined();
  });

  test('is not made where there is nothing, nor by a five hundred and first', async () => {
    expect(await itemAfter(note)).toBeUndefined();
    expect(await itemAfter(note, aQueuedItem({ dependents: ids(500) }))).toBeUndefined();
  });
});
