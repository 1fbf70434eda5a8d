import { CreateApplicationCommand, EMRServerlessClient } from '@aws-sdk/client-emr-serverless';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { ServiceBusyError } from '../../../shared/author/remote.ts';
import { remoteClientSettings, ServiceRefusedError } from '../../../shared/author/remote-errors.ts';
import { tenantKeyOf } from '../../../shared/domain/base/tenant-key.ts';
import { t0 } from '../../../testkit/fakes/fixed.ts';
import { InMemoryObjectStore } from '../../../testkit/fakes/in-memory-objects.ts';
import { describeWithMoto, motoEndpoint } from '../../../tests/contract/shared-services.ts';
import { anId } from '../../../tests/set-ups/samples.ts';
import { emrAggregator } from '../../emr-aggregate/adapter.ts';
import type { AggregatePayload, Aggregator } from '../../emr-aggregate/handler.ts';
import { EmrError, EmrServerless } from '../stand-ins/emr-serverless.ts';
import { startEmrServerless } from '../stand-ins/emr-serverless-server.ts';
import { emrRole, inMemoryAggregator } from '../stand-ins/in-memory-aggregator.ts';

interface AggregatorUnderTest {
  readonly aggregator: Aggregator;
  stop(): Promise<void>;
}

const result = { rows: 2, groups: [{ key: 'a', values: [0.5, null] }] };
const payload: AggregatePayload = {
  objects: ['uploads/a', 'uploads/b'],
  groupBy: 'city',
  metrics: [{ column: 'orders', op: 'sum' }],
};
const aCall = (number = 1) => ({
  ...{ payload, id: 'a-job', tenant: 'a tenant', token: anId(number) },
  signal: new AbortController().signal,
});

/** What every aggregator does, whatever it is made of. Its job runs write `result`. */
function describeAggregator(start: (model: EmrServerless) => Promise<AggregatorUnderTest>): void {
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

const output = (number: number) => `results/${tenantKeyOf('a tenant')}/a-job/${anId(number)}/result.json`;
const written = new Map(
  [1, 2].map((number) => [output(number), Buffer.from(JSON.stringify(result))] as const),
);

const clientAt = (endpoint: string) =>
  new EMRServerlessClient({
    ...remoteClientSettings,
    ...{ endpoint, region: 'eu-central-1' },
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
const settingsOf = (application: string, objects: ReadonlyMap<string, Uint8Array> = written) => ({
  ...{ application, role: emrRole, bucket: 'bucket' },
  objects: new InMemoryObjectStore(objects),
});

async function overHttp(model: EmrServerless, objects?: ReadonlyMap<string, Uint8Array>) {
  const server = await startEmrServerless(model);
  const client = clientAt(server.endpoint);
  const stop = async () => {
    client.destroy();
    await server.stop();
  };
  return { aggregator: emrAggregator(client, settingsOf(model.application, objects)), stop };
}

describe('an aggregator in memory', () => {
  describeAggregator(async (model) => ({
    aggregator: inMemoryAggregator(model, result),
    stop: async () => {},
  }));
});

describe("an aggregator of EMR Serverless, with AWS's client over HTTP", () => {
  describeAggregator(overHttp);

  test("runs the stage's script on the CSVs in the bucket", async () => {
    const model = new EmrServerless({ now: () => t0 });
    const { aggregator, stop } = await overHttp(model);
    await aggregator.start(aCall());
    expect(model.runs[0]?.jobDriver).toEqual({
      sparkSubmit: {
        entryPoint: 's3://bucket/scripts/emr-aggregate/main.py',
        entryPointArguments: [
          '--request',
          '{"groupBy":"city","metrics":[{"column":"orders","op":"sum"}]}',
          '--output',
          `s3://bucket/${output(1)}`,
          's3://bucket/uploads/a',
          's3://bucket/uploads/b',
        ],
        sparkSubmitParameters: '--py-files s3://bucket/scripts/emr-aggregate/csv_figures.py',
      },
    });
    await stop();
  });

  test('looks through all pages since the intent', async () => {
    let now = t0;
    const model = new EmrServerless({ now: () => now });
    const { aggregator, stop } = await overHttp(model);
    for (let other = 2; other < 30; other += 1) await aggregator.start(aCall(other));
    const wanted = await aggregator.start(aCall(1));
    now += 60_000;
    expect(await aggregator.find({ ...aCall(1), since: t0 })).toBe(wanted);
    // What was created more than a minute before the intent is no longer in the answer.
    expect(await aggregator.find({ ...aCall(1), since: t0 + 60_001 })).toBeUndefined();
    await stop();
  });

  test.each([
    ['nothing', new Map<string, Uint8Array>()],
    ['something else', new Map([[output(1), Buffer.from('{"rows":"two"}')]])],
    ['no JSON', new Map([[output(1), Buffer.from('{')]])],
  ])('has failed if the script has written %s', async (_, objects) => {
    let now = t0;
    const { aggregator, stop } = await overHttp(new EmrServerless({ now: () => now }), objects);
    const remoteId = await aggregator.start(aCall());
    now += 330_000;
    const status = await aggregator.poll({ ...aCall(), remoteId });
    expect(status).toEqual({ kind: 'failed', error: 'the job run has ended, and has written no result' });
    await stop();
  });
});

const motoRuns = z.object({ jobRuns: z.array(z.object({ name: z.string(), state: z.string() })) });

/** moto writes times as texts, which AWS's client cannot read: so its job runs are read without it. */
describeWithMoto('an aggregator of EMR Serverless, on moto (needs python3-moto)', () => {
  test('starts and cancels a job run', async () => {
    const client = clientAt(motoEndpoint);
    const { applicationId = '' } = await client.send(
      new CreateApplicationCommand({ name: 'jobs', releaseLabel: 'emr-6.6.0', type: 'SPARK' }),
    );
    const aggregator = emrAggregator(client, settingsOf(applicationId));
    const call = aCall();
    const remoteId = await aggregator.start(call);
    await aggregator.start(aCall(2));
    await aggregator.cancel({ ...call, remoteId });
    const authorization = `AWS4-HMAC-SHA256 Credential=none/20260101/eu-central-1/emr-serverless/aws4_request, SignedHeaders=host, Signature=none`;
    const answer = await fetch(`${motoEndpoint}/applications/${applicationId}/jobruns`, {
      headers: { authorization },
    });
    const { jobRuns } = motoRuns.parse(await answer.json());
    expect(jobRuns.map(({ name, state }) => [name, state === 'CANCELLED'])).toEqual([
      [`a-job ${anId(1)}`, true],
      [`a-job ${anId(2)}`, false],
    ]);
    client.destroy();
  });
});
