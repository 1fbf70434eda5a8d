import { describe, expect, test } from '@jest/globals';
import { NotFoundError } from '../../../../client/src/errors.ts';
import { aJob, byGateway, id, json, problem, scriptedApi, stage } from './scripted-api.ts';

const key = 'sjw_1';
const signed = 'https://bucket.example.com/results/1?X-Amz-Signature=abc';
const redirect = () => new Response(null, { status: 303, headers: { location: signed } });
const large = { bytes: 40_000, contentType: 'application/json', url: `${stage}/jobs/${id}/result` };
const succeeded = (over: object) => json(200, aJob({ status: 'succeeded', ...over }));

describe('the result', () => {
  test('is that of the job', async () => {
    const { client } = scriptedApi([succeeded({ result: { seconds: 1 } })]);
    expect(await client.result(id)).toEqual({ seconds: 1 });
  });

  test('is fetched if it is large, and the bucket gets no credential', async () => {
    const { client, headersNamed, targets } = scriptedApi(
      [succeeded({ resultObject: large }), redirect(), json(200, { rows: 7 })],
      { key },
    );
    expect(await client.result(id)).toEqual({ rows: 7 });
    expect(targets()).toEqual([`GET /jobs/${id}`, `GET /jobs/${id}/result`, `GET ${signed}`]);
    expect(headersNamed('authorization')).toEqual([`Bearer ${key}`, `Bearer ${key}`, null]);
  });

  test('of a job that was waited for is there, however large', async () => {
    const steps = [succeeded({ resultObject: large }), redirect(), json(200, { rows: 7 })];
    const { client } = scriptedApi(steps, { key });
    expect((await client.wait(id)).result).toEqual({ rows: 7 });
  });

  test('is fetched anew, from a new address, if the bucket breaks off', async () => {
    const broken = new Response(
      new ReadableStream({ start: (controller) => controller.error(new Error('reset')) }),
    );
    const steps = [
      succeeded({ resultObject: large }),
      redirect(),
      broken,
      redirect(),
      json(200, { rows: 7 }),
    ];
    const { client } = scriptedApi(steps);
    expect(await client.result(id)).toEqual({ rows: 7 });
  });

  test('of a job that has streamed is what it has returned beside that', async () => {
    const resultObject = { ...large, contentType: 'text/csv' };
    const { client } = scriptedApi([succeeded({ result: { rows: 9 }, resultObject })]);
    expect(await client.result(id)).toEqual({ rows: 9 });
  });

  test('of a job that has streamed JSON, and returned nothing, is null', async () => {
    const { client, sent } = scriptedApi([succeeded({ resultObject: { ...large, bytes: 100 } })]);
    expect(await client.result(id)).toBeNull();
    expect(sent).toHaveLength(1);
  });

  test('of a job that has none is an error', async () => {
    const { client } = scriptedApi([json(200, aJob()), problem(404, 'no-result')]);
    await expect(client.result(id)).rejects.toThrow(NotFoundError);
  });
});

describe('a download', () => {
  test('has a body that nobody has read yet', async () => {
    const csv = new Response('city,orders\n', { headers: { 'content-type': 'text/csv' } });
    const { client } = scriptedApi([redirect(), byGateway(503), csv]);
    const response = await client.download(id);
    expect(response.bodyUsed).toBe(false);
    expect(response.headers.get('content-type')).toBe('text/csv');
    expect(await response.text()).toBe('city,orders\n');
  });

  test('is a small result, too', async () => {
    const { client } = scriptedApi([json(200, { seconds: 1 })]);
    const response = await client.download(id);
    expect(await response.text()).toBe('{"seconds":1}');
    expect(response.headers.get('content-type')).toBe('application/json');
  });

  test('goes by the page of the job where a browser hides the redirect, without a credential', async () => {
    // As a browser shows it: status 0, no headers.
    const opaque = Response.error();
    const { client, headersNamed, targets } = scriptedApi(
      [opaque, succeeded({ resultObject: large }), json(200, { rows: 7 })],
      { key },
    );
    expect(await (await client.download(id)).json()).toEqual({ rows: 7 });
    expect(targets()[2]).toBe(`GET /ui/jobs/${id}/result?grant=g.1`);
    expect(headersNamed('authorization')[2]).toBeNull();
  });
});
