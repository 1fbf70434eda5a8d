import { describe, expect, test } from '@jest/globals';
import type { Contracts } from '../../../../../shared/author/contract.ts';
import {
  PlanChangedError,
  QueueUnavailableError,
  StepError,
  StoreUnavailableError,
  TenantSuspendedError,
} from '../../../../../shared/domain/base/errors.ts';
import { keyedJobId } from '../../../../../shared/domain/base/fingerprint.ts';
import { debouncesIn } from '../../../../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../../../../shared/domain/state/limits/first-tries.ts';
import { submitFromJob } from '../../../../../shared/http/requests/submit-from-job.ts';
import { FixedClock, fixedRandom, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryPointerQueue, inMemoryJobQueues } from '../../../../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../../../../testkit/fakes/in-memory-records.ts';
import { recordedLog } from '../../../../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../../../../testkit/fakes/recorded-meters.ts';
import { suspending } from '../../../../../testkit/fakes/suspending.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { aQueuedItem, jobId, stageSetup } from '../../../../set-ups/samples.ts';

type Order = Parameters<typeof submitFromJob>[0];

const by = { id: jobId, tenant: 'a tenant' };
const order: Order = {
  ...{ by, key: 'next', type: 'counting', payload: { seconds: 1 }, options: {} },
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
const itsId = keyedJobId(jobId, 'a tenant', 'next');

/** By what a job submits others, on fakes. */
function aSubmitter(types: Contracts = contracts) {
  const store = new InMemoryJobStore();
  const queues = inMemoryJobQueues();
  const { suspended, suspensions } = suspending();
  const [log, meters] = [recordedLog(), new RecordedMeters()];
  const clock = new FixedClock();
  const deps = {
    ...{
      store,
      queues,
      suspensions,
      contracts: types,
      log,
      meters,
      firstTries: firstTriesIn(new InMemoryRecords()),
    },
    ...{ debounces: debouncesIn(new InMemoryRecords()), pointers: new InMemoryPointerQueue() },
    ...{ clock, random: fixedRandom(), setup: stageSetup, listShards: 1 },
  };
  const submit = (over: Partial<Order> = {}, mayGoOn = () => true) =>
    submitFromJob({ ...order, ...over }, mayGoOn, deps);
  return { submit, store, queues, suspended, log, meters, clock };
}

describe('a job that submits another one', () => {
  test('makes an ordinary job of its tenant and trace, whose id follows from the key', async () => {
    const { submit, store, queues, meters } = aSubmitter();
    expect(await submit()).toBe(itsId);
    const [sent] = queues.long.sent;
    expect(sent?.message).toMatchObject({
      ...{ id: itsId, tenant: 'a tenant', run: 1 },
      traceparent: order.traceparent,
      payload: { seconds: 1 },
    });
    expect(sent?.message.parent).toBeUndefined();
    expect(store.items.get(itsId)).toMatchObject({ status: 'queued', listKey: expect.any(String) });
    expect(meters.sums).toEqual({ JobsSubmitted: 1 });
  });

  test('makes one job of a key, and another one of another key or another job', async () => {
    const { submit, store } = aSubmitter();
    const ids = [
      await submit(),
      await submit(),
      await submit({ key: 'other' }),
      await submit({ by: { ...by, id: itsId } }),
    ];
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
    expect(store.items.size).toBe(3);
  });

  test('is told of a payload that was another one under the key', async () => {
    const { submit } = aSubmitter();
    await submit();
    await expect(submit({ payload: { seconds: 2 } })).rejects.toThrow(PlanChangedError);
  });

  test('gets the id of a job that was erased since', async () => {
    const { submit, store } = aSubmitter();
    await submit();
    store.items.set(itsId, aQueuedItem({ id: itsId, fingerprint: 'erased', erased: true }));
    expect(await submit()).toBe(itsId);
  });

  describe('of a unique type', () => {
    const unique = { key: () => 'one', withinSeconds: 3_600 };
    const types = { ...contracts, counting: { ...contracts.counting, unique } };

    test('gets the one of its window, from whatever job, and the same one again in a later window', async () => {
      const { submit, store, clock } = aSubmitter(types);
      const first = await submit();
      const another = { by: { ...by, id: itsId } };
      expect(await submit({ ...another, payload: { seconds: 2 } })).toBe(first);
      await clock.advance(3_600_000);
      expect(await submit()).toBe(first);
      expect(await submit({ ...another, key: 'other' })).not.toBe(first);
      expect(store.items.size).toBe(2);
    });

    test('gets the id of one that was erased since', async () => {
      const { submit, store } = aSubmitter(types);
      const id = await submit();
      store.items.set(id, aQueuedItem({ id, fingerprint: 'erased', erased: true }));
      expect(await submit({ key: 'other' })).toBe(id);
    });

    test('is told if there is no unique key', async () => {
      const counting = { ...contracts.counting, unique: { ...unique, key: () => '' } };
      await expect(aSubmitter({ ...contracts, counting }).submit()).rejects.toThrow(
        /"next" cannot be submitted: .*\/payload has no unique key/,
      );
    });
  });

  test('takes a time that is past for now', async () => {
    const { submit, queues } = aSubmitter();
    await submit({ options: { runAt: new Date(t0 - 3_600_000) } });
    expect(queues.long.sent).toMatchObject([{ delaySeconds: 0 }]);
  });

  test('may put it into a group', async () => {
    const { submit, queues } = aSubmitter();
    await submit({ options: { group: 'g', tags: ['a tag'] } });
    expect(queues.ordered.sent[0]?.message.options).toMatchObject({ group: 'g', tags: ['a tag'] });
  });

  test.each<[what: string, Partial<Order>, RegExp]>([
    [
      'a payload that does not fit',
      { payload: { seconds: -1 } },
      /"next" cannot be submitted: .*\/payload\/seconds/,
    ],
    ['a type that is reserved', { type: 'bulk-action' }, /\/type is reserved/],
    ['a dependency that does not exist', { options: { dependsOn: [jobId] } }, /\/dependsOn\/0/],
    ['a group with a delay', { options: { group: 'g', delaySeconds: 1 } }, /\/group/],
    [
      'a payload that is too large',
      {
        type: 'csv-sums',
        payload: { csv: 'x'.repeat(300_000), groupBy: 'x', metrics: [{ column: 'x', op: 'sum' }] },
      },
      /"next" cannot be submitted/,
    ],
  ])('is refused %s by name', async (_what, over, message) => {
    const { submit, store } = aSubmitter();
    const refused = submit(over);
    await expect(refused).rejects.toThrow(StepError);
    await expect(refused).rejects.toThrow(message);
    expect(store.items.size).toBe(0);
  });

  test('of a suspended tenant submits nothing', async () => {
    const { submit, suspended, store } = aSubmitter();
    suspended.add('a tenant');
    await expect(submit()).rejects.toThrow(TenantSuspendedError);
    expect(store.items.size).toBe(0);
  });

  test('hears of an outage as one', async () => {
    const { submit, queues } = aSubmitter();
    queues.long.failing.add('send');
    await expect(submit()).rejects.toThrow(QueueUnavailableError);
  });

  test('begins no call when its attempt is over', async () => {
    const { submit, store, queues } = aSubmitter();
    const over = new StoreUnavailableError('the attempt is over');
    const mayGoOn = () => {
      if (queues.long.sent.length > 0) throw over;
      return true;
    };
    await expect(submit({}, mayGoOn)).rejects.toThrow(over);
    expect(queues.long.sent).toHaveLength(1);
    expect(store.items.size).toBe(0);
  });
});
