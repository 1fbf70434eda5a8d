import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { InvalidRequestError, NetworkError } from '../../../../client/src/errors.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { aJob, id, json, problem, scriptedApi, stage } from './scripted-api.ts';

const accepted = () => json(202, aJob());

describe('a submission', () => {
  test('says what its options say', async () => {
    const { client, sent } = scriptedApi([accepted()]);
    await client.submit(
      'countdown',
      { seconds: 1 },
      {
        dependsOn: [id, { id: 'job-2' }, `${stage}/jobs/job-3`],
        runAt: new Date('2026-12-24T17:00:00Z'),
        startBefore: '2026-12-24T18:00:00+01:00',
        tags: ['import 7'],
        notify: [{ event: true }],
        idempotencyKey: 'say "7\\8"',
        waitSeconds: 5.7,
      },
    );
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({
      type: 'countdown',
      payload: { seconds: 1 },
      dependsOn: [id, 'job-2', 'job-3'],
      runAt: '2026-12-24T17:00:00.000Z',
      startBefore: '2026-12-24T18:00:00+01:00',
      tags: ['import 7'],
      notify: [{ event: true }],
    });
    expect(sent[0]?.request.headers.get('prefer')).toBe('wait=5');
    expect(sent[0]?.request.headers.get('idempotency-key')).toBe('"say \\"7\\\\8\\""');
  });

  test.each(['', 'grün', 'a\nb', 'x'.repeat(256)])('with the key %j is a mistake', async (idempotencyKey) => {
    const { client, sent } = scriptedApi([]);
    await expect(client.submit('countdown', {}, { idempotencyKey })).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  test('after what is no job is a mistake', async () => {
    const { client, sent } = scriptedApi([]);
    const dependsOn = ['https://elsewhere.example.com/jobs/1'];
    await expect(client.submit('countdown', {}, { dependsOn })).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });
});

describe('with contracts', () => {
  test('a payload that does not fit is not sent, and everything that is wrong is named', async () => {
    const { client, sent } = scriptedApi([], { contracts });
    const payload = { csv: 'a\n1', groupBy: '', metrics: [{ column: 'a', op: 'median' as 'mean' }] };
    const error = await client.submit('csv-aggregate', payload).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    const { errors } = error as InvalidRequestError;
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/payload/groupBy', '/payload/metrics/0/op']);
    expect(sent).toEqual([]);
  });

  test('a payload is sent as it is given: defaults are for the API to fill in', async () => {
    const { client, sent } = scriptedApi([accepted()], { contracts });
    const payload = { to: 'jane@example.com', subject: 'Hello', text: 'Hello' };
    await client.submit('send-email', payload);
    expect(JSON.parse(sent[0]?.body ?? '')).toEqual({ type: 'send-email', payload });
  });

  test('a type that the stage has got meanwhile is left to the API', async () => {
    const { client, sent } = scriptedApi([accepted()], { contracts });
    await client.submit('greet' as 'countdown', { seconds: 1 });
    expect(sent).toHaveLength(1);
  });

  test('a pointer has its special characters escaped', async () => {
    const validate = () => ({ issues: [{ message: 'no', path: ['a/b', { key: 'c~d' }, 0] }] });
    const schema = { '~standard': { validate } };
    const { client } = scriptedApi([], { contracts: { greet: { payload: schema, result: schema } } });
    await expect(client.submit('greet', {})).rejects.toMatchObject({
      errors: [{ pointer: '/payload/a~1b/c~0d/0', detail: 'no' }],
    });
  });
});

const sentSchema = z.object({
  jobs: z.array(z.object({ idempotencyKey: z.string(), payload: z.object({ n: z.number().default(0) }) })),
});

const jobsIn = (body: string | undefined) => sentSchema.parse(JSON.parse(body ?? '')).jobs;

describe('many submissions', () => {
  const submissions = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ type: 'countdown', payload: { n } }));
  /** Accepts all, but for the jobs that `refused` names. */
  const batch =
    (refused: (n: number) => Response | undefined = () => undefined) =>
    async (request: Request) => {
      const items = jobsIn(await request.text()).map(async ({ payload: { n } }) => {
        const refusal = refused(n);
        if (refusal) return { status: refusal.status, problem: await refusal.json() };
        return { status: 202, job: aJob({ id: `job-${n}` }) };
      });
      return json(200, { items: await Promise.all(items) });
    };

  test('are sent by the hundred, and answered in their order', async () => {
    const { client, sent, targets } = scriptedApi([batch(), batch(), batch()]);
    const results = await client.submitAll(submissions(250));
    expect(results.map(({ job }) => job?.id)).toEqual(Array.from({ length: 250 }, (_, n) => `job-${n}`));
    expect(targets()).toEqual(Array(3).fill('POST /jobs/batch'));
    expect(sent.map(({ body }) => jobsIn(body).length)).toEqual([100, 100, 50]);
    const keys = sent.flatMap(({ body }) => jobsIn(body).map(({ idempotencyKey }) => idempotencyKey));
    expect(new Set(keys).size).toBe(250);
  });

  test('are sent in parts of 5 MB', async () => {
    const { client, sent } = scriptedApi([batch(), batch()]);
    const text = 'ü'.repeat(1024 * 1024);
    const large = [0, 1, 2].map((n) => ({ type: 'countdown', payload: { n, text } }));
    await client.submitAll(large);
    expect(sent.map(({ body }) => jobsIn(body).length)).toEqual([2, 1]);
    expect(Math.max(...sent.map(({ body }) => Buffer.byteLength(body)))).toBeLessThanOrEqual(5 * 1024 * 1024);
  });

  test('are each refused for themselves; only what may pass is sent again, under its key', async () => {
    const first = batch((n) => (n === 1 ? problem(400, 'invalid-request') : problem(503, 'unavailable')));
    const { client, sent } = scriptedApi([first, batch()]);
    const [zero, one, two] = await client.submitAll(submissions(3));
    expect([zero?.job?.id, two?.job?.id]).toEqual(['job-0', 'job-2']);
    expect(one?.error).toBeInstanceOf(InvalidRequestError);
    const [before = [], after = []] = sent.map(({ body }) => jobsIn(body));
    expect(after).toEqual([before[0], before[2]]);
  });

  test('are each without an answer if their batch is, while others are accepted', async () => {
    const refused = new TypeError('fetch failed');
    const steps = [batch(), refused, refused, refused];
    const { client, sent } = scriptedApi(steps, { retries: { tries: 3 } });
    const results = await client.submitAll(submissions(101));
    expect(results.slice(0, 100).every(({ job }) => job !== undefined)).toBe(true);
    expect(results[100]?.error).toBeInstanceOf(NetworkError);
    expect(sent).toHaveLength(4);
  });

  test('end with the reason of an abort', async () => {
    const reason = new Error('the user has left');
    const { client } = scriptedApi([problem(503, 'unavailable')]);
    const submitting = client.submitAll(submissions(1), { signal: AbortSignal.timeout(50) });
    await expect(submitting).rejects.toThrow(DOMException);
    const aborted = client.submitAll(submissions(1), { signal: AbortSignal.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
  });

  test('that do not fit their contract are not sent', async () => {
    const { client, sent } = scriptedApi([batch()], { contracts });
    const [bad, good] = await client.submitAll([
      { type: 'countdown', payload: { seconds: -1 } },
      { type: 'countdown', payload: { seconds: 1 } },
    ]);
    expect(bad?.error).toBeInstanceOf(InvalidRequestError);
    expect(good?.job).toBeDefined();
    expect(jobsIn(sent[0]?.body)).toHaveLength(1);
  });

  test('of which there are none are no call', async () => {
    const { client, sent } = scriptedApi([]);
    expect(await client.submitAll([])).toEqual([]);
    expect(sent).toEqual([]);
  });
});
