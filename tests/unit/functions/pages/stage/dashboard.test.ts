import { describe, expect, test } from '@jest/globals';
import { showErrors } from '../../../../../functions/pages/stage/errors-page.ts';
import { showDashboard } from '../../../../../functions/pages/stage/show-dashboard.ts';
import { schedulePages } from '../../../../../functions/pages/stage/show-schedules.ts';
import { type Right, rights } from '../../../../../shared/domain/access/access-entry.ts';
import type { Schedule } from '../../../../../shared/domain/schedules/schedule.ts';
import { failureOf } from '../../../../../shared/domain/state/failures/failure.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { childListKeysOf } from '../../../../../shared/domain/state/job/list-keys.ts';
import type { ErrorGroupList, JobList } from '../../../../../shared/domain/state/ports.ts';
import { answerRoute, type RouteHandlers } from '../../../../../shared/http/http-function.ts';
import { pagesRoutes } from '../../../../../shared/http/routes.ts';
import type { LimitsInUse } from '../../../../../shared/operations/doors/tenant-door.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryErrorGroups } from '../../../../../testkit/fakes/in-memory-error-groups.ts';
import { InMemoryJobList } from '../../../../../testkit/fakes/in-memory-job-list.ts';
import { routed } from '../../../../api-gateway.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { aKey, aKeyEntry, anAccess, aRootSecretEntry } from '../../../../set-ups/access.ts';
import { aListing } from '../../../../set-ups/listing.ts';
import { aFailedItem, aKeyedRequest, anId, aRequest, newerVersion } from '../../../../set-ups/samples.ts';
import { aScheduledStage, hourly, nightly } from '../../../../set-ups/scheduling.ts';
import { secretPayload, secretsIn } from '../../../../set-ups/secretive-type.ts';

/** @param msAFind how long each look at the list takes */
async function aDashboard(count: number, limits?: LimitsInUse, msAFind = 0) {
  const listing = aListing();
  const time = { now: t0 + 60_000 };
  const list: JobList = {
    read: (ids) => listing.list.read(ids),
    find: (query) => {
      time.now += msAFind;
      return listing.list.find(query);
    },
  };
  for (let index = 0; index < count; index += 1) await listing.submit({ after: index, tags: ['a tag'] });
  const caller = { tenant: 'a tenant', actor: 'key:a-key', rights };
  const showing = {
    caller,
    root: aRootSecretEntry(),
    contracts,
    canSignOut: true,
    list,
    listShards: 1,
    limits,
    clock: { now: () => time.now },
  };
  const show = (query = '', etag?: string) => {
    const headers = { ...aRequest().headers, ...(etag === undefined ? {} : { 'if-none-match': etag }) };
    const request = aRequest({ rawPath: '/ui', rawQueryString: query, headers });
    return showDashboard(request, { ...showing, now: t0 + 60_000 });
  };
  return { listing, show };
}

/** A search by tags reads these lists, too. */
const ofChildren = childListKeysOf('any').length;
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

  test('says that children are not counted, if a job that is counted has some', async () => {
    const { listing, show } = await aDashboard(2);
    expect((await show()).body).toContain('2 jobs in all.');
    listing.set([...listing.store.items.keys()][0] ?? '', { batches: new Set([anId(7)]) });
    expect((await show()).body).toContain(
      '2 jobs in all. Their children are not counted: the page of each job has them.',
    );
  });

  test('says how it stands with the limit of the tenant, if there is one', async () => {
    const { body } = await (await aDashboard(1, { jobsPerMinute: { max: 600, remaining: 588 } })).show();
    expect(body).toContain('600 jobs a minute, of which 588 are left.');
    expect((await (await aDashboard(1)).show()).body).not.toContain('jobs a minute');
  });

  test.each([0, 1, 25])('has no further page of %d jobs', async (count) => {
    const { show } = await aDashboard(count);
    const { body } = await show();
    expect([rowsIn(body).length, nextIn(body)]).toEqual([count, undefined]);
  });

  test.each(['', 'tag=a+tag'])(
    'has a row for a job of a newer version, with the filter "%s"',
    async (filter) => {
      const { listing, show } = await aDashboard(60);
      const ids = [...listing.store.items.keys()].sort();
      for (const id of ids.slice(55)) listing.set(id, { version: newerVersion });
      const lengths: number[] = [];
      const newer: (string | undefined)[] = [];
      for (let query: string | undefined = filter; query !== undefined; ) {
        const { body = '' } = await show(query);
        lengths.push(rowsIn(body).length);
        newer.push(
          ...[...body.matchAll(/of a newer version \(\d+\) <span class="mono">([^<]*)</g)].map(
            ([, id]) => id,
          ),
        );
        expect(body).toContain('5 of a newer version are not counted.');
        query = nextIn(body);
      }
      expect(lengths).toEqual([20, 25, 10]);
      expect(newer).toEqual(ids.slice(55).reverse());
    },
  );

  test('reads the list once, unless another part of it is asked for', async () => {
    const { listing, show } = await aDashboard(60);
    await show();
    expect(listing.list.calls.filter(({ call }) => call === 'find')).toHaveLength(1);
    await show('tag=a+tag');
    expect(listing.list.calls.filter(({ call }) => call === 'find')).toHaveLength(3 + ofChildren);
  });

  test('goes on by itself for a second where few jobs pass the filter, and says how far it is', async () => {
    const { listing, show } = await aDashboard(2_000, undefined, 10);
    await listing.submit({ after: -60_000, tags: ['rare'] });
    const quick = await show('tag=rare');
    expect([rowsIn(quick.body).length, nextIn(quick.body)]).toEqual([1, undefined]);

    const slow = await aDashboard(2_000, undefined, 400);
    await slow.listing.submit({ after: -60_000, tags: ['rare'] });
    const { body = '' } = await slow.show('tag=rare');
    expect(rowsIn(body)).toEqual([]);
    expect(body).toMatch(/None among the jobs since <time datetime="2\d{3}-[^"]+"/);
    const calls = slow.listing.list.calls.filter(({ call }) => call === 'find');
    // Those of one page of the list, and of the figures.
    expect(calls.length).toBeLessThan(25 + ofChildren);
    const rest: number[] = [];
    for (let query = nextIn(body); query !== undefined; ) {
      const page = await slow.show(query);
      rest.push(rowsIn(page.body).length);
      query = nextIn(page.body);
    }
    expect(rest.at(-1)).toBe(1);
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

/** The page of errors, of types that fail one after the other. @param msAFind how long each look at the groups takes */
async function errorsOf(types: readonly string[], msAFind: number) {
  const [groups, items] = [new InMemoryErrorGroups(), new Map<string, JobItem>()];
  const time = { now: t0 };
  for (const [index, type] of types.entries()) {
    const item = aFailedItem({
      id: anId(index),
      type,
      finishedAt: t0 + index,
      error: { name: 'Error', message: 'no' },
    });
    items.set(item.id, item);
    const failure = failureOf(item);
    if (failure) await groups.add(failure);
  }
  const errorGroups: ErrorGroupList = {
    find: (query) => {
      time.now += msAFind;
      return groups.find(query);
    },
  };
  const showing = {
    ...{
      errorGroups,
      list: new InMemoryJobList(items),
      root: aRootSecretEntry(),
      page: { isSignedIn: true },
    },
    caller: { tenant: 'a tenant', actor: 'key:a-key', rights },
    clock: { now: () => time.now },
    now: t0,
  };
  return (query: string) => showErrors(aRequest({ rawPath: '/ui/errors', rawQueryString: query }), showing);
}

describe('the page of errors', () => {
  /** 700 groups that came up after the one that is looked for. */
  const types = ['rare', ...Array.from({ length: 700 }, (_, index) => `type-${index}`)];
  const next = (body = '') =>
    /rel="next" href="\/ui\/errors\?([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&');

  test('finds a group by itself behind hundreds of other types', async () => {
    const { body = '' } = await (await errorsOf(types, 10))('type=rare');
    expect(body).toContain('of the type <bdi>rare</bdi>');
    expect(next(body)).toBeUndefined();
    expect(body).not.toContain('None');
  });

  test('says after a second how far it is, and leads on from there', async () => {
    const show = await errorsOf(types, 400);
    const first = (await show('type=rare')).body ?? '';
    expect(first).toMatch(/None among the errors since <time datetime="2\d{3}-[^"]+"/);
    const second = (await show(next(first) ?? '')).body ?? '';
    expect(second).toContain('of the type <bdi>rare</bdi>');
    expect(second).not.toContain('None');
  });

  test('says that there are no older ones, and not that no job has failed', async () => {
    const show = await errorsOf(types, 400);
    const query = next((await show('type=none')).body) ?? '';
    expect((await show(query)).body).toContain('There are no older errors.');
  });

  test('does not say that no job has failed, where those of other types have', async () => {
    const show = await errorsOf(['other'], 1);
    const { body = '' } = await show('type=rare');
    expect(body).toContain('No job of the type <bdi>rare</bdi> has failed.');
    expect((await (await errorsOf([], 1))('')).body).toContain('No job has failed.');
  });
});

interface Setup {
  readonly schedules?: readonly Schedule[];
  readonly rights?: readonly Right[];
}

/** The pages of schedules, for somebody of the tenant `a tenant`. */
function schedulePage({ schedules = [nightly, hourly], rights = ['read', 'operate'] }: Setup = {}) {
  const stage = aScheduledStage(schedules);
  const { deps: access, store } = anAccess();
  store.put(aKeyEntry(aKey(), { rights: [...rights], tenant: 'a tenant' }));
  const handlers = schedulePages({
    ...stage.deps,
    pageOf: () => ({ isSignedIn: true, canOperate: true }),
  }) as RouteHandlers<'pages'>;
  const call = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const { event } = routed({ method, path });
    const request = aKeyedRequest(aKey(), { ...event, method, headers: { ...event.headers, ...headers } });
    const {
      statusCode,
      headers: found,
      body,
    } = await answerRoute(event.routeKey, request, {
      access,
      log: stage.log,
      routes: pagesRoutes,
      handlers,
    });
    return { status: statusCode, location: found?.location, etag: String(found?.etag), body: String(body) };
  };
  return {
    ...stage,
    post: (path: string) => call('POST', `/ui/schedules/${path}`),
    show: async (query = '') => (await call('GET', `/ui/schedules${query}`)).body,
    get: (etag = '') => call('GET', '/ui/schedules', { 'if-none-match': etag }),
  };
}

/** The part of the page that is about a schedule. */
const cardOf = (body: string, name: string): string =>
  new RegExp(`<section[^>]*"schedule-${name}">.*?</section>`, 's').exec(body)?.[0] ?? '';
const jobLinksIn = (text: string) =>
  [...text.matchAll(/href="\/ui\/jobs\/([\da-f-]+)"/g)].map(([, id]) => id);
const textOf = (html: string) => html.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ');

describe('the page of schedules', () => {
  test('says of each what it runs, when, with what, and for whom', async () => {
    const text = textOf(cardOf(await schedulePage().show(), 'nightly'));
    for (const part of ['counting', 'a tenant', '30 3 * * *', 'Europe/Berlin', '{&quot;seconds&quot;:5}'])
      expect(text).toContain(part);
  });

  test('says the next five runs in local time, and how far away they are', async () => {
    const text = textOf(cardOf(await schedulePage().show(), 'nightly'));
    expect(text).toContain('Sat, 3 Jan 2026, 03:30 GMT+1 in 23 hours');
    expect(text.match(/03:30 GMT\+1/g)).toHaveLength(5);
  });

  test('says the offset of each run where clocks change', async () => {
    const text = textOf(await schedulePage({ schedules: [{ ...nightly, cron: '30 3 28-30 3 *' }] }).show());
    for (const part of ['28 Mar 2026, 03:30 GMT+1', '29 Mar 2026, 03:30 GMT+2']) expect(text).toContain(part);
  });

  test('leads to the last jobs of the own tenant, and only names those of others', async () => {
    const { show, put, occur, now } = schedulePage();
    const occurrence = await occur(nightly, '2026-01-02T02:30:00.000Z');
    const byHand = await put(nightly, now);
    const foreign = await put(hourly, now);
    const body = await show();
    expect(jobLinksIn(cardOf(body, 'nightly'))).toEqual([byHand, occurrence]);
    expect(textOf(cardOf(body, 'nightly')).match(/, by hand/g)).toHaveLength(1);
    expect(jobLinksIn(body)).not.toContain(foreign);
    expect(cardOf(body, 'hourly')).toContain(foreign.slice(0, 8));
  });

  test('leads to no job for somebody who may not look at jobs', async () => {
    const { show, put, now } = schedulePage({ rights: ['operate'] });
    await put(nightly, now);
    expect(jobLinksIn(await show())).toEqual([]);
  });

  test('marks a paused schedule, and offers to resume it', async () => {
    const { show, post } = schedulePage();
    await post('nightly/pause');
    const body = await show();
    expect(cardOf(body, 'nightly')).toMatch(/Paused<\/span>.*formaction="\/ui\/schedules\/nightly\/resume"/s);
    expect(textOf(cardOf(body, 'nightly'))).toContain('Left out while paused');
    expect(cardOf(body, 'hourly')).toMatch(/formaction="\/ui\/schedules\/hourly\/pause"/);
    expect(cardOf(body, 'hourly')).not.toContain('Paused');
  });

  test('says how to write one, if there is none', async () => {
    const body = await schedulePage({ schedules: [] }).show();
    expect(body).toContain('job-types/schedules.ts');
    expect(body).toContain('defineSchedules(contracts, [');
    expect(body).not.toContain('<form method="post" action="/ui/schedules');
  });

  test('shows no secret, and every text as a text', async () => {
    const secretive = { ...nightly, name: 'secretive', type: 'secretive', payload: secretPayload };
    const wild = { ...nightly, name: 'wild', payload: { text: '<img src=x>' }, tenant: '<b>' };
    const body = await schedulePage({ schedules: [secretive, wild] }).show();
    expect(secretsIn(body)).toEqual([]);
    expect(body).not.toMatch(/<img|<b>/);
  });

  test('is answered with 304 until something changes', async () => {
    const { get, post } = schedulePage();
    const { etag } = await get();
    expect((await get(etag)).status).toBe(304);
    await post('hourly/pause');
    expect((await get(etag)).status).toBe(200);
  });

  test('with fifteen schedules, of payloads full of signs, has less than 60 KB', async () => {
    const schedules = Array.from({ length: 15 }, (_, index) => ({
      ...nightly,
      name: `${'n'.repeat(38)}${String(index).padStart(2, '0')}`,
      payload: { text: '"'.repeat(1_000) },
    }));
    const { show, put, now } = schedulePage({ schedules });
    for (const schedule of schedules)
      for (let count = 0; count < 5; count += 1) await put(schedule, now - count);
    const body = await show();
    expect(jobLinksIn(body)).toHaveLength(75);
    expect(Buffer.byteLength(body)).toBeLessThan(60 * 1024);
  });
});

describe('the buttons of a schedule', () => {
  test('run it, and lead to the page of its job', async () => {
    const { post, items, sent } = schedulePage();
    const { status, location } = await post('nightly/run');
    const [message] = sent();
    expect([status, location]).toEqual([303, `/ui/jobs/${message?.id}`]);
    expect(items.get(message?.id ?? '')).toMatchObject({ tenant: 'a tenant', tags: ['schedule:nightly'] });
  });

  test('run one of another tenant, and lead back to a note', async () => {
    const { post, show, sent } = schedulePage();
    const { status, location } = await post('hourly/run');
    expect([status, location]).toEqual([303, '/ui/schedules?ran=hourly']);
    expect(sent()).toMatchObject([{ tenant: 'another tenant' }]);
    expect(textOf(await show('?ran=hourly'))).toContain(
      'hourly was run. Its job belongs to the tenant another tenant.',
    );
    for (const query of ['', '?ran=', '?ran=none']) expect(await show(query)).not.toContain('was run');
  });

  test('lead a person who may not look at jobs back, too', async () => {
    const { post } = schedulePage({ rights: ['operate'] });
    expect((await post('nightly/run')).location).toBe('/ui/schedules?ran=nightly');
  });

  test.each([
    ['pause', ['nightly']],
    ['resume', []],
  ])('%s it, and lead back', async (action, names) => {
    const { post, paused } = schedulePage();
    if (action === 'resume') await paused.pause('nightly');
    const { status, location } = await post(`nightly/${action}`);
    expect([status, location, [...(await paused.read())]]).toEqual([303, '/ui/schedules', names]);
  });

  test.each(['run', 'pause', 'resume'])(
    'have nothing to %s under a name that no schedule has',
    async (action) => {
      const { post, paused, sent } = schedulePage();
      expect((await post(`none/${action}`)).status).toBe(404);
      expect([[...(await paused.read())], sent()]).toEqual([[], []]);
    },
  );
});
