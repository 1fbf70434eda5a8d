import { describe, expect, test } from '@jest/globals';
import { showDashboard } from '../../../../functions/pages/show-dashboard.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { rights } from '../../../../shared/job/access-entry.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aRootEntry } from '../../../set-ups/access.ts';
import { aListing } from '../../../set-ups/listing.ts';
import { aRequest } from '../../../set-ups/samples.ts';

async function aDashboard(count: number) {
  const listing = aListing();
  for (let index = 0; index < count; index += 1) await listing.submit({ after: index, tags: ['a tag'] });
  const caller = { tenant: 'a tenant', rights };
  const showing = {
    caller,
    root: aRootEntry(),
    contracts,
    canSignOut: true,
    list: listing.list,
    listShards: 1,
  };
  const show = (query = '', etag?: string) => {
    const headers = { ...aRequest().headers, ...(etag === undefined ? {} : { 'if-none-match': etag }) };
    const request = aRequest({ rawPath: '/ui', rawQueryString: query, headers });
    return showDashboard(request, { ...showing, now: t0 + 60_000 });
  };
  return { listing, show };
}

const rowsIn = (body = '') => [...body.matchAll(/href="\/ui\/jobs\/([\da-f-]+)"/g)].map(([, id]) => id);
const nextIn = (body = '') => /rel="next" href="\/ui\?([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');

describe('the dashboard', () => {
  test.each(['', 'tag=a+tag'])('shows every job once on its pages, with the filter "%s"', async (filter) => {
    const { show } = await aDashboard(60);
    const seen: (string | undefined)[] = [];
    const lengths: number[] = [];
    for (let query: string | undefined = filter; query !== undefined; ) {
      const { body } = await show(query);
      seen.push(...rowsIn(body));
      lengths.push(rowsIn(body).length);
      query = nextIn(body);
    }
    expect(lengths).toEqual([25, 25, 10]);
    expect(new Set(seen).size).toBe(60);
  });

  test.each([0, 1, 25])('has no further page of %d jobs', async (count) => {
    const { show } = await aDashboard(count);
    const { body } = await show();
    expect([rowsIn(body).length, nextIn(body)]).toEqual([count, undefined]);
  });

  test('reads the list once, unless another part of it is asked for', async () => {
    const { listing, show } = await aDashboard(60);
    await show();
    expect(listing.list.calls.filter(({ call }) => call === 'find')).toHaveLength(1);
    await show('tag=a+tag');
    expect(listing.list.calls.filter(({ call }) => call === 'find')).toHaveLength(3);
  });

  test('is answered with 304 until a job changes', async () => {
    const { listing, show } = await aDashboard(3);
    const { headers } = await show();
    const etag = String(headers?.etag);
    expect(await show('', etag)).toMatchObject({ statusCode: 304, headers: { etag } });
    await listing.submit({ after: 10 });
    expect(await show('', etag)).toMatchObject({ statusCode: 200 });
  });
});
