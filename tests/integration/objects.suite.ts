import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { isTerminal } from '../../shared/domain/state/job/transitions.ts';
import { uploadResponse } from '../../shared/http/requests/upload-request.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { eventually } from './eventually.ts';
import type { HttpSystem } from './http-system.ts';

let system: HttpSystem;
let key: string;
let strangersKey: string;

const csv = `city,orders\n${Array.from({ length: 60_000 }, (_, at) => `city ${at % 5},${at}`).join('\n')}\n`;
const aggregation = { groupBy: 'city', metrics: [{ column: 'orders', op: 'sum' }] };

async function call(
  method: string,
  target: string,
  { body, by = key }: { body?: unknown; by?: string } = {},
) {
  const headers = { authorization: `Bearer ${by}`, 'content-type': 'application/json' };
  const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const answer = await system.send({ method, target, headers, body: content });
  const json: unknown = JSON.parse(answer.body);
  return { ...answer, json };
}

async function anUpload(text: string, by = key) {
  const order = { bytes: Buffer.byteLength(text), contentType: 'text/csv' };
  const { status, json } = await call('POST', '/uploads', { body: order, by });
  expect(status).toBe(201);
  return uploadResponse.parse(json);
}

/** `fetch` sets the length itself. */
function put({ url, headers }: z.infer<typeof uploadResponse>['upload'], body: string, other = {}) {
  const { 'content-length': _, ...rest } = headers;
  return fetch(url, { method: 'PUT', headers: { ...rest, ...other }, body });
}

const submit = (payload: object, more: { by?: string; delaySeconds?: number } = {}) => {
  const { by = key, ...options } = more;
  return call('POST', '/jobs', {
    body: { type: 'csv-sums', payload: { ...aggregation, ...payload }, ...options },
    by,
  });
};

const ended = (id: string) =>
  eventually(async () => {
    const job = jobResponse.parse((await call('GET', `/jobs/${id}`)).json);
    return isTerminal(job.status) ? job : undefined;
  }, `the end of job ${id}`);
const idOf = (json: unknown) => z.object({ id: z.string() }).parse(json).id;

/** Uploads, as a client has them. */
export function describeObjects(running: () => HttpSystem): void {
  beforeAll(async () => {
    system = running();
    [key, strangersKey] = [await system.keyOf('who uploads'), await system.keyOf('a stranger to uploads')];
  });

  describe('an object that was uploaded', () => {
    test('is what a job reads, and gives the same as the text itself', async () => {
      const { object, upload } = await anUpload(csv);
      expect((await put(upload, csv)).status).toBe(200);
      const { status, json } = await submit({ object });
      expect(status).toBe(202);
      const job = await ended(idOf(json));
      const sums = [0, 1, 2, 3, 4].map((city) => ({
        key: `city ${city}`,
        values: [Array.from({ length: 12_000 }, (_, at) => at * 5 + city).reduce((sum, one) => sum + one, 0)],
      }));
      expect(job).toMatchObject({ status: 'succeeded', result: { rows: 60_000, groups: sums } });
    });

    test('is written once, as it was ordered, and by who has the request', async () => {
      const { upload } = await anUpload('a,b\n1,2\n');
      expect((await put(upload, 'a,b\n1,2\n', { 'content-type': 'text/html' })).status).toBe(403);
      expect((await put(upload, 'a,b\n1,2\n3,4\n')).status).toBe(403);
      expect(
        (
          await put(
            { ...upload, url: upload.url.replace(/\.([\w-]{22})\?/, '.AAAAAAAAAAAAAAAAAAAAAA?') },
            'a,b\n1,2\n',
          )
        ).status,
      ).toBe(403);
      expect((await fetch(upload.url)).status).toBe(403);
      expect((await fetch(upload.url.replace(/\?.*/, ''))).status).toBe(403);
      expect((await put(upload, 'a,b\n1,2\n')).status).toBe(200);
      expect((await put(upload, 'a,b\n5,6\n')).status).toBe(412);
    });

    test('is of no use to another tenant, and is answered for as one that does not exist', async () => {
      const { object, upload } = await anUpload(csv);
      await put(upload, csv);
      system.written.clear();
      const stolen = await submit({ object }, { by: strangersKey });
      const invented = await submit({ object: `${object.slice(0, -22)}${'A'.repeat(22)}` });
      for (const { status, json } of [stolen, invented]) {
        expect(status).toBe(404);
        expect(problem.parse(json)).toMatchObject({
          type: '/problems/object-not-found',
          detail: 'There is no such object: /payload/object.',
        });
      }
      expect(system.written.size).toBe(0);
    });

    test.each(['..', '%2e%2e', '/etc/passwd', 's3://bucket/x', 'uploads/', ''])(
      'has no other name: "%s"',
      async (name) => {
        const { status, json } = await submit({ object: name });
        expect(status).toBe(400);
        expect(problem.parse(json).errors?.[0]?.pointer).toBe('/payload/object');
      },
    );

    test('that was never sent fails its job for good, which can be retried once it is there', async () => {
      const { object, upload } = await anUpload('city,orders\na,1\n');
      const id = idOf((await submit({ object })).json);
      expect(await ended(id)).toMatchObject({
        status: 'failed',
        attempt: 1,
        error: { name: 'MissingObjectError' },
      });
      await put(upload, 'city,orders\na,1\n');
      expect((await call('POST', `/jobs/${id}/retry`)).status).toBe(202);
      expect(await ended(id)).toMatchObject({ status: 'succeeded', result: { rows: 1 } });
    });
  });

  describe('an order of an upload', () => {
    test.each([
      [{}, '/bytes'],
      [{ bytes: -1 }, '/bytes'],
      [{ bytes: 1.5 }, '/bytes'],
      [{ bytes: 5 * 1024 ** 3 + 1 }, '/bytes'],
      [{ bytes: 1, contentType: 'csv' }, '/contentType'],
      [{ bytes: 1, contentType: 'text/csv\r\nx-amz-acl: public-read' }, '/contentType'],
      [{ bytes: 1, contentType: 'text/csv;\na=b' }, '/contentType'],
      [{ bytes: 1, contentType: 'text/csv;\u000ba=b' }, '/contentType'],
      [{ bytes: 1, name: 'mine.csv' }, '/name'],
    ])('is refused: %j', async (body, pointer) => {
      const { status, json } = await call('POST', '/uploads', { body });
      expect(status).toBe(400);
      expect(problem.parse(json).errors?.[0]?.pointer).toBe(pointer);
    });
  });

  test('`npm start` creates the bucket, and lets the pages of its own API upload', async () => {
    const { port } = new URL(system.address);
    for (const origin of [system.address, `http://localhost:${port}`]) {
      const { status, headers } = await fetch(`${system.endpoints.s3Endpoint}/bucket/uploads/a`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type,if-none-match',
        },
      });
      expect({ status, allowed: headers.get('access-control-allow-origin') }).toEqual({
        status: 200,
        allowed: origin,
      });
      expect(headers.get('access-control-expose-headers')).toBe('ETag, Content-Range, Accept-Ranges');
    }
  });
}
