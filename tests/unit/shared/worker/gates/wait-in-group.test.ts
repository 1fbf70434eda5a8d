import { describe, expect, test } from '@jest/globals';
import { type JobMessage, writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { processDelivery } from '../../../../../shared/worker/attempt/process-delivery.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { handlers } from '../../../../set-ups/handlers.ts';
import { aDelivery, aMessage, jobId } from '../../../../set-ups/samples.ts';
import { anInvocation, aWorker } from '../../../../set-ups/worker.ts';

const hour = 3_600;

/** A worker of the ordered queue, and the message of a parent in a group. */
function aParentInGroup() {
  const { deps, store, clock, pointers, queue } = aWorker({ isOrdered: true });
  /** What had been hidden when each pointer was sent. */
  const hidden: unknown[] = [];
  pointers.before = () => void hidden.push(queue.visibilityChanges.at(-1));
  const sendAll = async (_messages: readonly JobMessage[]) => {};
  const options = { maxAttempts: 3, group: 'g' };
  const payload = { seats: 0, waitSeconds: 0 };
  const body = writeMessage(aMessage({ type: 'booking', version: 2, payload, options }));
  const receive = (receiptHandle: string) =>
    processDelivery(aDelivery({ body, receiptHandle }), anInvocation(clock), {
      ...{ ...deps, childQueues: { long: { sendAll } } },
      handlers: {
        ...handlers,
        booking: async (_payload, job) => {
          await job.call('one', contracts.counting, { seconds: 1 });
          return { seats: [], charge: null };
        },
      },
    });
  return { receive, hidden, store };
}

describe('a parent in a group', () => {
  test('keeps its message, which is hidden for an hour before admission is asked to look at its children', async () => {
    const { receive, hidden, store } = aParentInGroup();
    expect(await receive('first')).toMatchObject({ kind: 'return', visibleAt: undefined });
    const item = store.items.get(jobId);
    expect(item).toMatchObject({ status: 'waiting', receiptHandle: 'first', group: 'g' });
    expect(item?.postponedUntil).toBeUndefined();
    expect(item?.dueKey).toBeUndefined();
    expect(hidden).toEqual([{ receiptHandle: 'first', seconds: hour }]);
  });

  test('keeps the receipt handle with which its message comes back', async () => {
    const { receive, hidden, store } = aParentInGroup();
    await receive('first');
    expect(await receive('second')).toMatchObject({ kind: 'return', visibleAt: undefined });
    expect(store.items.get(jobId)).toMatchObject({ status: 'waiting', receiptHandle: 'second' });
    expect(hidden.at(-1)).toEqual({ receiptHandle: 'second', seconds: hour });
  });
});
