import { expect, test } from '@jest/globals';
import { sendEvent } from '../../../../functions/notify/send-event.ts';
import { EventNotTakenError } from '../../../../shared/job/errors.ts';
import type { EventBus } from '../../../../shared/job/ports.ts';
import { aNotification } from '../../../set-ups/notify.ts';
import { jobId } from '../../../set-ups/samples.ts';

const message = aNotification({ target: { event: true }, tags: ['nightly'] });
type BusEvent = Parameters<EventBus['put']>[0];

test('an event is put on the bus, shaped as CloudEvents has it, with the tenant', async () => {
  const put: BusEvent[] = [];
  const bus: EventBus = { put: async (event) => void put.push(event) };
  expect(await sendEvent(message, { bus, stage: 'prod' })).toEqual({ kind: 'delivered' });
  expect(put).toEqual([
    {
      source: 'job-worker',
      detailType: 'Job failed',
      time: message.finishedAt,
      detail: {
        specversion: '1.0',
        id: `${jobId}_1_failed`,
        source: '/job-worker/prod',
        type: 'job.failed',
        subject: jobId,
        time: '2026-01-02T03:04:05.178Z',
        datacontenttype: 'application/json',
        data: {
          tenant: 'a tenant',
          id: jobId,
          type: 'countdown',
          run: 1,
          status: 'failed',
          createdAt: '2026-01-02T03:04:04.678Z',
          finishedAt: '2026-01-02T03:04:05.178Z',
          tags: ['nightly'],
          error: { name: 'Error', message: 'no' },
        },
      },
    },
  ]);
});

test('an event that the bus does not take is tried again', async () => {
  const bus: EventBus = {
    put: async () => {
      throw new EventNotTakenError('EventBridge: ThrottlingException');
    },
  };
  const attempt = await sendEvent(message, { bus, stage: 'prod' });
  expect(attempt).toEqual({ kind: 'failed', why: 'EventBridge: ThrottlingException' });
});

test('a mistake of ours is no failure of the bus', async () => {
  const bus: EventBus = {
    put: async () => {
      throw new TypeError('no');
    },
  };
  await expect(sendEvent(message, { bus, stage: 'prod' })).rejects.toThrow(TypeError);
});

test('without a bus an event is impossible', async () => {
  const attempt = await sendEvent(message, { bus: undefined, stage: 'prod' });
  expect(attempt).toEqual({ kind: 'impossible', why: 'this stage has no event bus' });
});
