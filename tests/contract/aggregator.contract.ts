import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AggregatePayload, Aggregator } from '../../job-types/emr-aggregate/handler.ts';
import { ServiceBusyError } from '../../shared/job/remote.ts';
import { ServiceRefusedError } from '../../shared/job/remote-errors.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { anId } from '../set-ups/samples.ts';
import { EmrError, EmrServerless } from '../stand-ins/emr-serverless.ts';
import { emrRole } from '../stand-ins/in-memory-aggregator.ts';

export interface AggregatorUnderTest {
  readonly aggregator: Aggregator;
  stop(): Promise<void>;
}

export const result = { rows: 2, groups: [{ key: 'a', values: [0.5, null] }] };
const payload: AggregatePayload = {
  objects: ['uploads/a', 'uploads/b'],
  groupBy: 'city',
  metrics: [{ column: 'orders', op: 'sum' }],
};
export const aCall = (number = 1) => ({
  ...{ payload, id: 'a-job', tenant: 'a tenant', token: anId(number) },
  signal: new AbortController().signal,
});

/** What every aggregator does, whatever it is made of. Its job runs write `result`. */
export function describeAggregator(start: (model: EmrServerless) => Promise<AggregatorUnderTest>): void {
  let now: number;
  let model: EmrServerless;
  let stop: () => Promise<void>;
  let aggregator: Aggregator;
  const open = async (settings = {}) => {
    model = new EmrServerless({ now: () => now }, settings);
    ({ aggregator, stop } = await start(model));
  };
  beforeEach(() => {
    now = t0;
  });
  afterEach(() => stop());
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  const poll = (remoteId: string) => aggregator.poll({ ...aCall(), remoteId });
  const find = (number: number) => aggregator.find({ ...aCall(number), since: t0 });

  test('a job run says that it waits, that it runs, and then has its result', async () => {
    await open();
    const id = await aggregator.start(aCall());
    expect(await poll(id)).toEqual({ kind: 'running', message: 'pending on EMR Serverless' });
    pass(30);
    expect(await poll(id)).toEqual({ kind: 'running', message: 'running on EMR Serverless' });
    pass(300);
    expect(await poll(id)).toEqual({ kind: 'succeeded', result });
  });

  test('it is found by its name, when the list has it', async () => {
    await open();
    const id = await aggregator.start(aCall(1));
    await aggregator.start(aCall(2));
    expect(await find(1)).toBeUndefined();
    pass(30);
    expect(await find(1)).toBe(id);
    expect(await find(3)).toBeUndefined();
  });

  test('it is the same one if it is started again with its token', async () => {
    await open();
    const id = await aggregator.start(aCall());
    expect(await aggregator.start(aCall())).toBe(id);
    expect(model.runs).toMatchObject([{ name: `a-job ${anId(1)}`, executionRole: emrRole }]);
  });

  test("it fails with EMR's words", async () => {
    await open({ failsWith: 'Job failed, ExitCode: 1' });
    const id = await aggregator.start(aCall());
    pass(330);
    expect(await poll(id)).toEqual({ kind: 'failed', error: 'Job failed, ExitCode: 1' });
  });

  test('it can be canceled, also if it has ended already, and counts as failed from then on', async () => {
    await open();
    const canceled = await aggregator.start(aCall(1));
    const cancel = (remoteId: string) => aggregator.cancel({ ...aCall(), remoteId });
    await cancel(canceled);
    expect(await poll(canceled)).toMatchObject({ kind: 'failed' });
    pass(20);
    await cancel(canceled);
    const done = await aggregator.start(aCall(2));
    pass(330);
    await cancel(done);
    expect(await poll(done)).toMatchObject({ kind: 'succeeded' });
  });

  describe('a service that refuses', () => {
    test.each([
      ['ThrottlingException', 429],
      ['InternalServerException', 500],
    ])('with %s is busy', async (name, status) => {
      await open();
      // The SDK tries twice.
      model.refuse(new EmrError(name, status, 'later'), new EmrError(name, status, 'later'));
      await expect(aggregator.start(aCall())).rejects.toThrow(ServiceBusyError);
      expect(model.runs).toEqual([]);
    });

    test.each([
      ['AccessDeniedException', 403],
      ['ValidationException', 400],
    ])('with %s refuses for good', async (name, status) => {
      await open();
      model.refuse(new EmrError(name, status, 'no'));
      await expect(aggregator.start(aCall())).rejects.toThrow(ServiceRefusedError);
    });

    test('does so by saying that a job run has failed that it does not know', async () => {
      await open();
      expect(await poll('unknown')).toMatchObject({ kind: 'failed' });
    });
  });
}
