import { describe, expect, test } from '@jest/globals';
import {
  JobCanceledError,
  JobFailedError,
  NotFoundError,
  WaitTimeoutError,
} from '../../../../client/src/errors.ts';
import { aJob, byGateway, id, json, problem, scriptedApi, stage } from './scripted-api.ts';

const running = (etag: string) => json(200, aJob({ status: 'running' }), { etag, 'retry-after': '0' });
const succeeded = () => json(200, aJob({ status: 'succeeded', result: { seconds: 1 } }), { etag: '"z"' });
const unchanged = () => new Response(null, { status: 304, headers: { 'retry-after': '0' } });

describe('to wait', () => {
  test('takes a job by its id, as the client gave it, or by its status URL', async () => {
    for (const job of [id, { id }, `${stage}/jobs/${id}`]) {
      const { client, targets } = scriptedApi([succeeded()]);
      expect((await client.wait(job)).result).toEqual({ seconds: 1 });
      expect(targets()).toEqual([`GET /jobs/${id}`]);
    }
  });

  test.each([`https://elsewhere.example.com/jobs/${id}`, `${stage}/jobs/${id}/result`, '../schedules', ''])(
    'does not ask for %j, which is no job of this stage',
    async (job) => {
      const { client, sent } = scriptedApi([]);
      await expect(client.wait(job)).rejects.toThrow(TypeError);
      expect(sent).toEqual([]);
    },
  );

  test('goes on from the state that it knows', async () => {
    const steps = [running('"a"'), unchanged(), running('"b"'), succeeded()];
    const { client, headersNamed, targets } = scriptedApi(steps);
    await client.wait(id);
    expect(targets()).toEqual([`GET /jobs/${id}`, ...Array(3).fill(`GET /jobs/${id}/wait?seconds=20`)]);
    expect(headersNamed('if-none-match')).toEqual([null, '"a"', '"a"', '"b"']);
  });

  test.each([
    ['the API', () => problem(404, 'not-found')],
    ['the gateway', () => byGateway(404)],
  ])('asks again and again where %s knows no such address', async (_case, unknown) => {
    const { client, targets } = scriptedApi([running('"a"'), unknown(), unchanged(), succeeded()]);
    await client.wait(id);
    const look = `GET /jobs/${id}`;
    expect(targets()).toEqual([look, `${look}/wait?seconds=20`, look, look]);
  });

  test('for no job is an error', async () => {
    const { client } = scriptedApi([problem(404, 'job-not-found')]);
    await expect(client.wait(id)).rejects.toThrow(NotFoundError);
  });

  test('for a job that is erased meanwhile is an error', async () => {
    const { client, sent } = scriptedApi([running('"a"'), problem(404, 'job-not-found')]);
    await expect(client.wait(id)).rejects.toMatchObject({ type: '/problems/job-not-found' });
    expect(sent).toHaveLength(2);
  });

  test('ends with an error if the job does not succeed', async () => {
    const error = { name: 'ColumnError', message: 'there is no column' };
    const { client } = scriptedApi([
      json(200, aJob({ status: 'failed', error })),
      json(200, aJob({ status: 'canceled' })),
    ]);
    const failed = await client.wait(id).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(JobFailedError);
    expect(failed).toMatchObject({
      message: `Job ${id} failed: ColumnError: there is no column`,
      job: { error },
    });
    const canceled = await client.wait(id).catch((thrown: unknown) => thrown);
    expect(canceled).toBeInstanceOf(JobCanceledError);
    expect(canceled).toMatchObject({ name: 'JobCanceledError', job: { id } });
  });

  test('ends in time, with the job as it was seen last', async () => {
    const hang = ({ signal }: Request) =>
      new Promise<Response>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const { client } = scriptedApi([running('"a"'), hang]);
    const error = await client.wait(id, { timeoutSeconds: 0.1 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WaitTimeoutError);
    expect(error).toMatchObject({ name: 'WaitTimeoutError', job: { id, status: 'running' } });
  });
});

describe('to watch', () => {
  test('yields the job as it is, then each change, and its end', async () => {
    const { client, targets } = scriptedApi([running('"a"'), unchanged(), running('"b"'), succeeded()]);
    const seen: string[] = [];
    for await (const { status } of client.watch(id)) seen.push(status);
    expect(seen).toEqual(['running', 'running', 'succeeded']);
    expect(targets()).toEqual([`GET /jobs/${id}`, ...Array(3).fill(`GET /jobs/${id}/wait?seconds=20`)]);
  });

  test('asks no more when nobody reads on', async () => {
    const { client, sent } = scriptedApi([running('"a"'), running('"b"')]);
    for await (const { status } of client.watch(id)) {
      expect(status).toBe('running');
      break;
    }
    expect(sent).toHaveLength(1);
  });
});
