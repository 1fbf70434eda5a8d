import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { pausedKeys } from '../../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import type { Pause } from '../../../../../shared/domain/state/limits/pause.ts';
import { RecentPauses } from '../../../../../shared/domain/state/limits/recent-pauses.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { somePauses } from '../../../../set-ups/pauses.ts';
import { aDelivery, aMessage, aQueuedItem, dayMs, jobId } from '../../../../set-ups/samples.ts';
import { spiedWorker } from '../../../../set-ups/worker.ts';

const minuteMs = 60_000;
const message = aMessage();
const name = `type:${message.type}`;
const grouped = aMessage({ options: { maxAttempts: 3, group: 'g' } });

function worker(options: { isOrdered?: boolean; name?: string } & Partial<Pause> = {}) {
  const { isOrdered = false, name: paused = name, ...pause } = options;
  const pauses = somePauses();
  pauses.pauses.set(paused, { at: t0 - 1, by: 'key:1', ...pause });
  const recent = new RecentPauses({ pauses, clock: new FixedClock() });
  return spiedWorker({ isOrdered, pauses: recent });
}

describe('a worker of a job that is paused', () => {
  test.each([name, `tenant:${message.tenant}`, 'stage', 'queue:long'])(
    'makes the job wait outside of its queue without an attempt: %s',
    async (paused) => {
      const { process, stored, calls } = worker({ name: paused });
      expect(await process(aDelivery())).toEqual({
        kind: 'delete',
        why: 'it is paused, and waits outside of its queue',
      });
      expect(calls).toEqual(['read', 'write awaitHandler']);
      const { lookAt = 0, ...item } = stored() ?? {};
      expect(item).toMatchObject({
        status: 'waiting',
        attempt: 0,
        message: writeMessage(message),
        paused: { by: paused, since: t0, at: t0 },
        dueKey: pausedKeys(jobId, 0).dueKey,
        notBefore: t0 + 15 * minuteMs,
        postponedUntil: t0 + 15 * minuteMs,
      });
      expect(lookAt - t0).toBeGreaterThanOrEqual(15 * minuteMs);
      expect(lookAt - t0).toBeLessThanOrEqual(30 * minuteMs);
    },
  );

  test.each([
    ['another type is paused', { name: 'type:other' }],
    ['another queue is paused', { name: 'queue:standard' }],
    ['it was resumed', { resumedAt: t0 }],
    ['its time is over', { until: t0 }],
  ])('starts the job if %s', async (_what, options) => {
    const { process, stored } = worker(options);
    await process(aDelivery());
    expect(stored()?.attempt).toBe(1);
  });

  const group = (ms: number): Partial<JobItem> => ({
    group: 'g',
    status: 'waiting',
    updatedAt: t0 - 1,
    paused: { by: name, since: t0 - ms, at: t0 - 1 },
  });

  test.each([
    [0, 5_000],
    [8 * minuteMs, 8 * minuteMs],
    [2 * dayMs, 30 * minuteMs],
  ])(
    'hides the message of a group that has been paused for %d ms for %d ms, in its place',
    async (ms, hiddenMs) => {
      const { process, stored, store } = worker({ isOrdered: true });
      store.items.set(jobId, aQueuedItem(group(ms)));
      expect(await process(aDelivery({ body: writeMessage(grouped) }))).toMatchObject({
        kind: 'return',
        visibleAt: t0 + hiddenMs,
      });
      expect(stored()).toMatchObject({ status: 'waiting', attempt: 0, receiptHandle: 'receipt-1' });
      expect(stored()).not.toHaveProperty('dueKey');
    },
  );

  test.each([
    ['the pause is ten days old', { at: t0 - 10 * dayMs }, t0],
    ['its message is', {}, t0 - 10 * dayMs],
  ])('starts the job of a group if %s: its queue would soon drop it', async (_what, pause, sentAt) => {
    const { process, stored } = worker({ isOrdered: true, ...pause });
    await process(aDelivery({ body: writeMessage(grouped), sentAt }));
    expect(stored()?.attempt).toBe(1);
  });

  test('holds the job of a group for eleven days if its tenant is suspended, and then it fails', async () => {
    const suspended = { name: `suspended:${message.tenant}`, at: t0 - 11 * dayMs };
    const { process, stored } = worker({ isOrdered: true, ...suspended });
    const body = writeMessage(grouped);
    expect(await process(aDelivery({ body, sentAt: t0 - 11 * dayMs }))).toMatchObject({ kind: 'return' });
    expect(stored()).toMatchObject({ status: 'waiting', attempt: 0, paused: { by: suspended.name } });
    await process(aDelivery({ body, sentAt: t0 - 12 * dayMs }));
    expect(stored()).toMatchObject({ status: 'failed', error: { name: 'QueueLimitError' } });
  });

  test('finds what has become of a job that has ended', async () => {
    const { process, store } = worker();
    store.items.set(jobId, aQueuedItem({ status: 'succeeded', finishedAt: t0 }));
    expect(await process(aDelivery())).toMatchObject({ kind: 'delete' });
  });
});
