import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { s3ObjectSigner } from '../../shared/aws/objects/object-signer.ts';
import { jobResponse } from '../../shared/http/responses/job-response.ts';
import { problem } from '../../shared/http/wire/respond.ts';
import { problemsWith } from '../answer-check.ts';
import { localBucket, storeResult } from '../stored-result.ts';
import type { HttpSystem } from './http-system.ts';

const tenant = 'who has results';
const csv = `city,orders\n${'Köln,9\n'.repeat(6_000)}`;

let system: HttpSystem;
let key: string;
let strangersKey: string;
let job: Awaited<ReturnType<typeof storeResult>>;

const call = (path: string, { by = key, ...init }: RequestInit & { by?: string } = {}) =>
  fetch(system.address + path, { redirect: 'manual', headers: { authorization: `Bearer ${by}` }, ...init });
const resultPath = () => `/jobs/${job.id}/result`;
const locationOf = async (path: string) => (await call(path)).headers.get('location') ?? '';

/** Results that are in objects, as a client has them. */
export function describeObjectResults(running: () => HttpSystem): void {
  beforeAll(async () => {
    system = running();
    [key, strangersKey] = [await system.keyOf(tenant), await system.keyOf('another tenant')];
    job = await storeResult(system.endpoints, { body: csv, contentType: 'text/csv', over: { tenant } });
  });

  describe('the result of a job that is in an object', () => {
    test('has an address in the job, which stays the same, as its ETag does', async () => {
      const [first, second] = [await call(`/jobs/${job.id}`), await call(`/jobs/${job.id}`)];
      const shown = jobResponse.parse(await first.json());
      expect(shown).toMatchObject({
        result: null,
        resultObject: {
          url: system.address + resultPath(),
          bytes: Buffer.byteLength(csv),
          contentType: 'text/csv',
        },
      });
      expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    });

    test.each(['GET', 'HEAD'])(
      'is a redirect for %s, as the document says, which nobody keeps',
      async (method) => {
        const answer = await call(resultPath(), { method });
        const { status, headers } = answer;
        const body = await answer.text();
        expect([status, headers.get('cache-control'), body]).toEqual([303, 'no-store', '']);
        expect(problemsWith({ method, path: resultPath(), status, headers, body })).toEqual([]);
        const location = new URL(headers.get('location') ?? '');
        expect(location.searchParams.get('X-Amz-Expires')).toBe('900');
        const object = await fetch(location, { method });
        const bytes = String(Buffer.byteLength(csv));
        expect([object.status, object.headers.get('content-length')]).toEqual([200, bytes]);
      },
    );

    test('is what a client gets that follows it, and leaves its credential behind', async () => {
      const answer = await call(resultPath(), { redirect: 'follow' });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv']);
      expect(await answer.text()).toBe(csv);
      const range = await fetch(await locationOf(resultPath()), { headers: { range: 'bytes=0-3' } });
      expect([range.status, await range.text()]).toEqual([206, 'city']);
    });

    test('is refused by the bucket to a client that sends its credential along', async () => {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await fetch(await locationOf(resultPath()), { headers });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain('<Message>Only one auth mechanism allowed</Message>');
    });

    test('is not there for another tenant, as if there were no such job', async () => {
      const answers = [resultPath(), `/jobs/${randomUUID()}/result`].map(async (path) => {
        const answer = await call(path, { by: strangersKey });
        const { instance: _, ...rest } = problem.parse(await answer.json());
        return [answer.status, answer.headers.get('location'), rest];
      });
      const [known, unknown] = await Promise.all(answers);
      expect(known).toEqual(unknown);
      expect(known?.[0]).toBe(404);
    });

    const changes: readonly (readonly [string, (url: URL) => void])[] = [
      ['another object', (url) => (url.pathname = url.pathname.replace(/\d+$/, '1'))],
      ['an upload', (url) => (url.pathname = '/bucket/uploads/a')],
      ['a longer time', (url) => url.searchParams.set('X-Amz-Expires', '604800')],
      ['a later date', (url) => url.searchParams.set('X-Amz-Date', '20991231T000000Z')],
      ['another type', (url) => url.searchParams.set('response-content-type', 'text/html')],
      ['no signature', (url) => url.searchParams.delete('X-Amz-Signature')],
    ];
    test.each(changes)('is not to be had by a URL that was changed to %s', async (_what, change) => {
      const url = new URL(await locationOf(resultPath()));
      change(url);
      expect((await fetch(url)).status).toBeGreaterThanOrEqual(400);
    });

    test('can be fetched with its URL, and not written or deleted, and not after 15 minutes', async () => {
      const url = await locationOf(resultPath());
      for (const method of ['PUT', 'DELETE', 'POST']) expect((await fetch(url, { method })).status).toBe(403);
      const { name } = job.resultObject;
      const now = Date.now() - 15 * 60_000 - 1_000;
      const signer = s3ObjectSigner(localBucket(system.endpoints));
      const late = await fetch(await signer.signDownload({ name, now, expiresSeconds: 900 }));
      expect([late.status, await late.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
      expect(await (await fetch(url)).text()).toBe(csv);
    });

    test('is a file to save for the holder of the link to its page', async () => {
      const { pageUrl } = jobResponse.parse(await (await call(`/jobs/${job.id}`)).json());
      const { search } = new URL(pageUrl ?? '');
      const followed = await fetch(`${system.address}/ui/jobs/${job.id}/result${search}`);
      expect(followed.headers.get('content-disposition')).toBe(`attachment; filename="${job.id}.csv"`);
      expect(await followed.text()).toBe(csv);
      const other = await storeResult(system.endpoints, {
        body: 'x',
        contentType: 'text/csv',
        over: { tenant },
      });
      expect((await fetch(`${system.address}/ui/jobs/${other.id}/result${search}`)).status).toBe(404);
    });

    test('is not logged: its URL is a credential', () => {
      expect(system.output()).not.toMatch(/X-Amz|Signature=/i);
    });
  });
}
