import { describe, expect, test } from '@jest/globals';
import { showJob } from '../../../../functions/pages/show-job.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import type { Viewer } from '../../../../shared/http/access/check-access.ts';
import { rights } from '../../../../shared/job/access-entry.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { anId, aQueuedItem, aRequest, aRunningItem } from '../../../set-ups/samples.ts';
import { secretive } from '../../../set-ups/secretive-type.ts';

const owner: Viewer = { kind: 'caller', tenant: 'a tenant', rights };
const dependsOn = [anId(1), anId(2), anId(3)];
const others: readonly JobItem[] = [
  aQueuedItem({ id: anId(1), status: 'failed' }),
  aQueuedItem({ id: anId(2), status: 'succeeded' }),
  aQueuedItem({ id: anId(3), tenant: 'somebody else', status: 'succeeded' }),
];

interface Looking {
  readonly viewer?: Viewer;
  readonly etag?: string;
  readonly query?: string;
}

const show = (item: JobItem, { viewer = owner, etag = '', query = '' }: Looking = {}) => {
  const headers = { ...aRequest().headers, 'if-none-match': etag };
  const queryStringParameters = Object.fromEntries(new URLSearchParams(query));
  const list = {
    read: async (ids: readonly string[]) => ({
      items: others.filter(({ id }) => ids.includes(id)),
      units: 1,
    }),
  };
  const request = aRequest({ rawPath: `/ui/jobs/${item.id}`, headers, queryStringParameters });
  return showJob(item, request, {
    viewer,
    list,
    contracts: { ...contracts, secretive },
    hasSignIn: true,
    now: t0,
  });
};

describe('the page of a job', () => {
  test.each(['waiting', 'failed', 'canceled'] as const)(
    'that has not started and is %s shows how far its dependencies are, and nothing of other tenants',
    async (status) => {
      const { body } = await show(aQueuedItem({ status, dependsOn }));
      const list = /<dt>After<\/dt>.*?<\/ul>/s.exec(body ?? '')?.[0] ?? '';
      expect(
        [...list.matchAll(/<li>.*?(Failed|Succeeded|not known any more)/gs)].map(([, word]) => word),
      ).toEqual(['Failed', 'Succeeded', 'not known any more']);
    },
  );

  test('that has started needs not read them: they had succeeded', async () => {
    const { body } = await show(aRunningItem({ dependsOn: [anId(1)] }));
    expect(/<dt>After<\/dt>.*?<\/ul>/s.exec(body ?? '')?.[0]).toContain('Succeeded');
  });

  test('is answered with 304 while nothing has changed, and says how long to wait otherwise', async () => {
    const first = await show(aRunningItem());
    const etag = String(first.headers?.etag);
    expect(first.body).toMatch(/<body data-refresh="\d+">/);
    expect(await show(aRunningItem(), { etag })).toMatchObject({ statusCode: 304, headers: { etag } });
    expect(await show(aRunningItem({ progress: { percent: 1, message: null } }), { etag })).toMatchObject({
      statusCode: 200,
    });
  });

  test('that has ended is not asked for again', async () => {
    const { body } = await show(aQueuedItem({ status: 'succeeded', result: '1', finishedAt: t0 }));
    expect(body).toContain('<body data-refresh="">');
    expect(body).not.toContain('http-equiv="refresh"');
  });

  test('for whoever has a link has no buttons, no links to other jobs, and keeps the grant of the link', async () => {
    const item = aQueuedItem({ status: 'succeeded', result: '1', startedAt: t0, dependsOn, tags: ['a tag'] });
    const { body } = await show(item, { viewer: { kind: 'grant' }, query: 'grant=1.x' });
    expect(body).not.toMatch(/<form|href="\/ui\?/);
    expect([...(body ?? '').matchAll(/href="(\/ui\/jobs[^"]*)"/g)].map(([, link]) => link)).toEqual([
      `/ui/jobs/${item.id}`,
      `/ui/jobs/${item.id}/result?grant=1.x`,
    ]);
  });

  const resultObject = { name: 'results/a/b/1/2', bytes: 1_600_000, contentType: 'text/<b>' };
  const withObject = (over: Partial<JobItem> = {}) =>
    aQueuedItem({ status: 'succeeded', resultObject, finishedAt: t0, ...over });

  test('offers a result that is in an object as a file, and says how large and of which type it is', async () => {
    const { body } = await show(withObject(), { viewer: { kind: 'grant' }, query: 'grant=1.x' });
    expect(body).toContain(`<a href="/ui/jobs/${withObject().id}/result?grant=1.x">Download the file</a>`);
    expect(body).toContain('1.5 MB, <bdi>text/&lt;b&gt;</bdi>');
    expect(body).not.toContain('null');
  });

  test('shows what stands beside a streamed result', async () => {
    const { body } = await show(withObject({ result: '{"rows":3}' }));
    expect(body).toMatch(/<dt><bdi>rows<\/bdi><\/dt><dd><code>3<\/code><\/dd>/);
    expect(body).toContain('Download the file');
  });

  test('leads to no object of a type that has secret fields, and says where it is to be had', async () => {
    const { body } = await show(withObject({ type: 'secretive', result: '{"user":"u","session":"s"}' }));
    expect(body).not.toMatch(/href="[^"]*\/result/);
    expect(body).toContain('fetch it through the API');
    expect(body).toContain('[secret]');
  });

  test('says when the next attempt starts', async () => {
    const { body } = await show(
      aQueuedItem({ notBefore: t0 + 30_000, error: { name: 'Error', message: 'no' } }),
    );
    expect(body).toContain('It is tried again');
    expect(body).toContain('in 30 seconds');
  });
});
