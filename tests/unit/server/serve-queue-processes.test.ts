import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { contracts } from '../../../job-types/contracts.ts';
import { writeMessage } from '../../../shared/job/message.ts';
import { t0 } from '../../../testkit/fakes/fixed.ts';
import { aDelivery, aMessage, aRunningItem, jobId } from '../../set-ups/samples.ts';
import { aQueueServer, pausing } from '../../set-ups/serving.ts';

describe('which jobs have a process of their own', () => {
  const ofQueueServer = { ...contracts.countdown, queue: 'server' } as const;
  const redelivered = aDelivery({ receiveCount: 2 });
  test.each([
    ['a job of the queue server', ofQueueServer, aDelivery(), true],
    ['one whose contract says that it needs none', { ...ofQueueServer, isolate: false }, aDelivery(), false],
    ['that one, delivered again', { ...ofQueueServer, isolate: false }, redelivered, true],
    ['a job of another queue', contracts.countdown, aDelivery(), false],
    ['that one, delivered again', contracts.countdown, redelivered, true],
    ['one whose contract asks for it', { ...contracts.countdown, isolate: true }, aDelivery(), true],
  ])('%s', async (_name, countdown, delivery, isIsolated) => {
    const { server, source, inProcesses } = aQueueServer({ contracts: { ...contracts, countdown } });
    server.start();
    await source.receive(delivery);
    await setImmediate();
    expect(inProcesses).toEqual(isIsolated ? ['message-1'] : []);
    expect(source.deleted).toEqual(['receipt-1']);
  });
});

describe('a server that crashes', () => {
  const isolated = { ...contracts, countdown: { ...contracts.countdown, isolate: true } };
  const crashed = { attempt: 1, maxAttempts: 1, leaseUntil: t0 - 1, inCompany: true } as const;

  test('may have been crashed by another job, whatever process its jobs have', async () => {
    const { server, source, store, clock } = aQueueServer({
      contracts: isolated,
      isolated: { countdown: pausing },
    });
    server.start();
    void source.receive(aDelivery({ body: writeMessage(aMessage({ payload: { seconds: 60 } })) }));
    await clock.advance(1_000);
    expect(store.items.get(jobId)).toMatchObject({ status: 'running', inCompany: true });
  });

  test('costs no attempt: another one makes it again', async () => {
    const { server, source, store } = aQueueServer({ contracts: isolated });
    store.items.set(jobId, aRunningItem(crashed));
    server.start();
    await source.receive(aDelivery({ receiveCount: 2 }));
    await setImmediate();
    expect(store.items.get(jobId)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });
});
