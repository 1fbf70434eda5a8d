import { CreateApplicationCommand, EMRServerlessClient } from '@aws-sdk/client-emr-serverless';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { emrAggregator } from '../../job-types/emr-aggregate/adapter.ts';
import { remoteClientSettings } from '../../shared/job/remote-errors.ts';
import { tenantKeyOf } from '../../shared/job/tenant-key.ts';
import { t0 } from '../../testkit/fakes/fixed.ts';
import { InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { type Moto, motoIsInstalled, startMoto } from '../infra/moto.ts';
import { anId } from '../set-ups/samples.ts';
import { EmrServerless } from '../stand-ins/emr-serverless.ts';
import { startEmrServerless } from '../stand-ins/emr-serverless-server.ts';
import { emrRole, inMemoryAggregator } from '../stand-ins/in-memory-aggregator.ts';
import { aCall, describeAggregator, result } from './aggregator.contract.ts';

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

const describeIfInstalled = motoIsInstalled() ? describe : describe.skip;

const motoRuns = z.object({ jobRuns: z.array(z.object({ name: z.string(), state: z.string() })) });

/** moto writes times as texts, which AWS's client cannot read: so its job runs are read without it. */
describeIfInstalled('an aggregator of EMR Serverless, on moto (needs python3-moto)', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());

  test('starts and cancels a job run', async () => {
    const client = clientAt(moto.endpoint);
    const { applicationId = '' } = await client.send(
      new CreateApplicationCommand({ name: 'jobs', releaseLabel: 'emr-6.6.0', type: 'SPARK' }),
    );
    const aggregator = emrAggregator(client, settingsOf(applicationId));
    const call = aCall();
    const remoteId = await aggregator.start(call);
    await aggregator.start(aCall(2));
    await aggregator.cancel({ ...call, remoteId });
    const authorization = `AWS4-HMAC-SHA256 Credential=none/20260101/eu-central-1/emr-serverless/aws4_request, SignedHeaders=host, Signature=none`;
    const answer = await fetch(`${moto.endpoint}/applications/${applicationId}/jobruns`, {
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
