import { randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import { jobList, jobResponse } from '../../shared/http/responses/job-response.ts';
import type { System } from './system.ts';

let system: System;

const csv = { csv: 'city,price\nRome,1\n', groupBy: 'city', metrics: [{ column: 'price', op: 'sum' }] };
const erase = (id: string) => system.call('DELETE', `/jobs/${id}`);
const itemOf = async (id: string) => {
  const input = { TableName: system.aws.tableName, Key: { id: { S: id } } };
  return JSON.stringify((await system.aws.dynamoDb.send(new GetItemCommand(input))).Item);
};

export function describeErasing(running: () => System): void {
  beforeAll(() => {
    system = running();
    system.start();
  });

  test('a result is answered as the handler returned it, with a tag', async () => {
    const { id } = await system.submit('csv-sums', csv);
    const job = await system.finished(id);
    const answer = await system.call('GET', `/jobs/${id}/result`);
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'private, no-cache' },
    });
    expect(JSON.parse(answer.body)).toEqual(job.result);
    const headers = { 'if-none-match': `"another", ${answer.headers.etag}` };
    const unchanged = await system.call('GET', `/jobs/${id}/result`, { headers });
    expect(unchanged).toMatchObject({ status: 304, body: '', headers: { etag: answer.headers.etag } });
    expect(unchanged.headers).not.toHaveProperty('content-type');
  });

  test.each([
    ['that has failed', { ...csv, groupBy: 'country' }],
    ['that is canceled', undefined],
  ])('a job %s has no result', async (_what, payload) => {
    const { id } = payload
      ? await system.submit('csv-sums', payload)
      : await system.request({ type: 'csv-sums', payload: csv, delaySeconds: 600 });
    if (!payload) await system.call('POST', `/jobs/${id}/cancel`);
    await system.finished(id);
    const answer = await system.call('GET', `/jobs/${id}/result`);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body).type).toBe('/problems/no-result');
  });

  test('a job that is erased is nowhere any more, and its table item has nothing of it', async () => {
    const secret = `Rome ${randomUUID()}`;
    const tags = ['to be erased'];
    const payload = { ...csv, csv: `city,price\n${secret},1\n`, groupBy: 'city' };
    const failing = { ...payload, groupBy: secret };
    for (const each of [payload, failing]) {
      const { id, pageUrl } = await system.request({ type: 'csv-sums', payload: each, tags });
      await system.finished(id);
      expect(await itemOf(id)).toContain(secret);
      expect(await erase(id)).toMatchObject({ status: 204, body: '' });

      const { pathname, search } = new URL(pageUrl ?? '');
      const job = `/jobs/${id}`;
      for (const [method, path] of [
        ['GET', job],
        ['GET', `${job}/result`],
        ['GET', `${job}/wait`],
        ['GET', pathname + search],
        ['POST', `${job}/cancel`],
        ['POST', `${job}/retry`],
        ['DELETE', job],
      ] as const)
        expect([path, (await system.call(method, path)).status]).toEqual([path, 404]);
      const { body } = await system.call('GET', '/jobs?tag=to+be+erased');
      expect(jobList.parse(JSON.parse(body)).items).toEqual([]);
      expect(await itemOf(id)).not.toMatch(new RegExp(`${secret}|to be erased|csv-sums|public`));
    }
  });

  test('the key of an erased job is answered with 409, and starts nothing', async () => {
    const headers = { 'idempotency-key': '"erased"' };
    const { id } = await system.submit('counting', { seconds: 0 }, headers);
    await system.finished(id);
    expect((await erase(id)).status).toBe(204);
    for (const seconds of [0, 1]) {
      const body = JSON.stringify({ type: 'counting', payload: { seconds } });
      expect((await system.call('POST', '/jobs', { body, headers })).status).toBe(409);
    }
    const body = JSON.stringify({
      jobs: [{ type: 'counting', payload: { seconds: 0 }, idempotencyKey: 'erased' }],
    });
    expect(JSON.parse((await system.call('POST', '/jobs/batch', { body })).body)).toMatchObject({
      items: [{ status: 409 }],
    });
    await system.drained('long');
  });

  test('a job that has not ended cannot be erased', async () => {
    const { id } = await system.request({ type: 'counting', payload: { seconds: 0 }, delaySeconds: 600 });
    expect((await erase(id)).status).toBe(409);
    expect(jobResponse.parse(JSON.parse((await system.call('GET', `/jobs/${id}`)).body)).status).toBe(
      'waiting',
    );
  });

  test('a job cannot depend on one that was erased', async () => {
    const { id } = await system.submit('counting', { seconds: 0 });
    await system.finished(id);
    await erase(id);
    const body = JSON.stringify({ type: 'counting', payload: { seconds: 0 }, dependsOn: [id] });
    const answer = await system.call('POST', '/jobs', { body });
    expect([answer.status, JSON.parse(answer.body).errors]).toMatchObject([
      400,
      [{ pointer: '/dependsOn/0' }],
    ]);
  });
}
