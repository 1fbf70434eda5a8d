import { describe, expect, test } from '@jest/globals';
import { showChildren } from '../../../../functions/pages/job/show-children.ts';
import { showJob } from '../../../../functions/pages/job/show-job.ts';
import { type Right, rights } from '../../../../shared/domain/access/access-entry.ts';
import { InvalidRequestError, NotFoundError } from '../../../../shared/domain/base/errors.ts';
import { type BatchRoot, batchIdOf, childIdOf } from '../../../../shared/domain/children/batch.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import type { Viewer } from '../../../../shared/http/access/people.ts';
import { RecentCounts } from '../../../../shared/operations/find/recent-counts.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { inMemoryBatches } from '../../../../testkit/fakes/in-memory-batches.ts';
import { InMemoryJobList } from '../../../../testkit/fakes/in-memory-job-list.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { aFailedItem, aQueuedItem, aRequest, aRoot, jobId, newerVersion } from '../../../set-ups/samples.ts';
import { aWorker } from '../../../set-ups/worker.ts';

const owner: Viewer = { kind: 'caller', tenant: 'a tenant', actor: 'key:a-key', rights };
const all: readonly Right[] = rights;
const byLink: Viewer = { kind: 'grant' };

/** A job that spawns batches, and its pages. */
class Family {
  readonly batches = inMemoryBatches();
  readonly #items = new Map<string, JobItem>();
  readonly #clock = new FixedClock();
  readonly #counts = new RecentCounts({ batches: this.batches, clock: this.#clock });
  #job = aQueuedItem({ status: 'waiting' });

  /** Makes a batch of 250 children in shards of 100, of which so many of the first shard have ended. */
  async spawn(over: Partial<BatchRoot>, ended = 0, unsuccessful = 0): Promise<BatchRoot> {
    const key = over.key ?? 'pages';
    const root = aRoot({ batch: batchIdOf(jobId, key), key, ...over });
    const place = { batch: root.batch, round: 1, shard: 0 };
    await this.batches.create(root);
    await this.batches.createShard({ ...place, version: 2, tenant: 'a tenant', size: 100, expiresAt: 1 });
    const indexes = Array.from({ length: ended }, (_, index) => index);
    const ends = { ended: indexes, unsuccessful: indexes.slice(0, unsuccessful), expiresAt: 1 };
    if (ended > 0) await this.batches.add({ ...place, ...ends });
    this.#job = { ...this.#job, batches: new Set([...(this.#job.batches ?? []), root.batch]) };
    return root;
  }

  put(item: JobItem): void {
    this.#items.set(item.id, item);
  }

  end(status: JobItem['status']): void {
    this.#job = { ...this.#job, status };
  }

  get #deps() {
    const list = new InMemoryJobList(this.#items);
    return { batches: this.batches, counts: this.#counts, list, clock: this.#clock };
  }

  /** The page of the job. */
  job(viewer = owner) {
    return showJob(this.#job, aRequest({ rawPath: `/ui/jobs/${jobId}` }), {
      ...{ ...this.#deps, viewer, contracts, objects: aWorker().objects, hasSignIn: true, now: t0 },
      mapStacks: async (lines) => lines,
    });
  }

  /** The job waits for a batch. */
  await({ batch }: BatchRoot): void {
    const [until, spawned] = [t0 + 1, this.#job.batches];
    this.#job = { ...this.#job, notBefore: until, awaits: { until, batches: [batch] }, batches: spawned };
  }

  /** The page of a batch. */
  children(rawQueryString = '', { key = 'pages', etag = '', has = all } = {}) {
    const request = aRequest({
      ...{ rawQueryString, pathParameters: { id: jobId, key }, headers: { 'if-none-match': etag } },
    });
    return showChildren(this.#job, request, { ...this.#deps, rights: has, page: { isSignedIn: true } });
  }
}

const textOf = (body = '') => body.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ');
const mainOf = (body = '') => /<main.*<\/main>/s.exec(body)?.[0] ?? '';
const sectionsOf = (body = '') => [...body.matchAll(/<h2 id="(\w+)">/g)].map(([, id]) => id);

describe('the page of a job with children', () => {
  test('has a bar and the numbers of each batch, with a link to its children', async () => {
    const family = new Family();
    await family.spawn({ key: 'a/b ü' }, 100, 25);
    await family.spawn({ key: 'later', createdAt: t0 + 1 });
    const { body = '' } = await family.job();
    expect(textOf(body)).toContain('75 succeeded, 25 unsuccessful, 150 open');
    expect(textOf(body)).toContain('0 succeeded, 0 unsuccessful, 250 open');
    expect(body).toContain(`href="/ui/jobs/${jobId}/children/a%252Fb%2520%25C3%25BC"`);
    expect(body).toContain('<rect class="ended" width="30%"');
    expect(body).toContain('<rect class="hatched" x="30%" width="10%"');
    expect(body.match(/id="hatching"/g)).toHaveLength(1);
  });

  test('shows the last ten batches, and a job without children none', async () => {
    const family = new Family();
    expect((await family.job()).body).not.toContain('class="batches"');
    for (let number = 0; number < 12; number += 1)
      await family.spawn({ key: `batch ${number}`, createdAt: t0 + number });
    const { body = '' } = await family.job();
    expect(body.match(/class="bar"/g)).toHaveLength(10);
    expect(textOf(body)).toContain('The last 10 of 12 batches.');
    expect(body).toContain('batch%252011"');
    expect(body).not.toContain('batch%25201"');
  });

  test('has the progress of its children while it waits for them, unless it has reported more', async () => {
    const family = new Family();
    const root = await family.spawn({}, 100, 25);
    expect((await family.job()).body).not.toContain('class="progress"');
    family.await(root);
    const { body = '' } = await family.job();
    expect(textOf(body)).toContain('40 % · at least 100 of 250 children have ended');
    expect(body).toMatch(/<progress [^>]*value="40"/);
  });

  test('has no links for who has only a link to the job', async () => {
    const family = new Family();
    await family.spawn({}, 100, 25);
    const { body = '' } = await family.job(byLink);
    expect(textOf(body)).toContain('75 succeeded, 25 unsuccessful, 150 open');
    expect(body).not.toContain('/children/');
  });

  test('what is little can be seen', async () => {
    const family = new Family();
    await family.spawn({ count: 100_000 }, 2, 1);
    const { body } = await family.job();
    expect(body).toContain('<rect class="ended" width="1%"');
    expect(body).toContain('<rect class="hatched" x="1%" width="1%"');
  });
});

describe('the page of the children of a batch', () => {
  test('says of a child that waits what it waits for', async () => {
    const family = new Family();
    const root = await family.spawn({}, 0, 0);
    const place = { since: t0, of: 'the account 7', running: 2, room: 'a room', at: t0 };
    family.put(aQueuedItem({ id: childIdOf(root, 3), status: 'waiting', updatedAt: t0, awaitsPlace: place }));
    const { body = '' } = await family.children();
    expect(textOf(body)).toContain('Waiting Child 3 waits for 1 of 2 places of the account 7');
  });

  test('has what did not succeed first, then what is open, then what has succeeded, and a link to each state', async () => {
    const family = new Family();
    const root = await family.spawn({}, 100, 25);
    const failed = aFailedItem({
      id: childIdOf(root, 3),
      error: { name: 'Error', message: 'page <4> cannot be read\nat line 7' },
    });
    family.put(failed);
    family.put(aFailedItem({ id: childIdOf(root, 4), version: newerVersion }));
    const { body = '' } = await family.children();
    expect(sectionsOf(body)).toEqual(['unsuccessful', 'open', 'succeeded']);
    const text = textOf(mainOf(body));
    expect(text).toContain('All 250 25 unsuccessful 150 open 75 succeeded');

    expect(text).toContain('✕ Failed Child 3 Error: page &lt;4&gt; cannot be read');
    expect(text).not.toContain('line 7');
    expect(text).toContain(`A child of a newer version (${newerVersion})`);
    expect(body).toContain(`<a href="/ui/jobs/${failed.id}">Child 3</a>`);
    // Nobody has claimed it, and its page would be none.
    expect(body).not.toContain(`href="/ui/jobs/${childIdOf(root, 100)}"`);
    expect(text).toContain('○ Queued Child 100');
    expect(text).toContain('not kept any more Child 25');
    for (const state of ['unsuccessful', 'open', 'succeeded'])
      expect(body.split(`href="?status=${state}"`)).toHaveLength(3);
  });

  test('shows no state in which nobody is', async () => {
    const family = new Family();
    await family.spawn({});
    expect(sectionsOf((await family.children()).body)).toEqual(['open']);
  });

  test('of one state goes on page by page', async () => {
    const family = new Family();
    await family.spawn({}, 100, 60);
    const { body = '' } = await family.children('status=unsuccessful');
    expect(sectionsOf(body)).toEqual(['unsuccessful']);
    expect(body).toContain('rel="next" href="?status=unsuccessful&amp;after=49"');
    const { body: last = '' } = await family.children('status=unsuccessful&after=49');
    expect([...textOf(last).matchAll(/Child \d+/g)]).toHaveLength(10);
    expect(last).not.toContain('rel="next"');
    expect(textOf((await family.children('status=succeeded&after=99')).body)).toContain('There are none.');
  });

  test('looks again while children are open, seldom if their parent has ended, and is 304 while nothing has changed', async () => {
    const family = new Family();
    await family.spawn({ count: 100 }, 99);
    const refreshOf = ({ body = '' }) => /data-refresh="(\d*)"/.exec(body)?.[1];
    const first = await family.children();
    expect(refreshOf(first)).toBe('5');
    expect(await family.children('', { etag: String(first.headers?.etag) })).toMatchObject({
      statusCode: 304,
    });
    family.end('canceled');
    expect(refreshOf(await family.children())).toBe('60');
    const over = new Family();
    await over.spawn({ count: 100 }, 100);
    expect(refreshOf(await over.children())).toBe('');
  });

  test('has a button to retry those that failed, for who may use it, and while it works', async () => {
    const family = new Family();
    const root = await family.spawn({ key: 'a/b' }, 100, 25);
    const shown = async (has = all) => {
      const { body = '' } = await family.children('', { key: 'a/b', has });
      const [isOffered, isAsked] = [/<button>Retry those/.test(body), /are made again when/.test(body)];
      return { isOffered, isAsked, body };
    };
    expect(await shown()).toMatchObject({ isOffered: false, isAsked: false });
    family.await(root);
    const offered = await shown();
    expect(offered).toMatchObject({ isOffered: true, isAsked: false });
    expect(offered.body).toContain(
      `<form method="post" action="/ui/jobs/${jobId}/children/a%252Fb/retry"><button>`,
    );
    const may = rights.filter((right) => right !== 'control');
    expect(await shown(may)).toMatchObject({ isOffered: false, isAsked: false });
    const { headers } = await family.children('', { key: 'a/b' });
    await family.batches.askAgain(root);
    expect(await shown(may)).toMatchObject({ isOffered: false, isAsked: true });
    const etag = String(headers?.etag);
    expect(await family.children('', { key: 'a/b', etag })).toMatchObject({ statusCode: 200 });
    family.end('canceled');
    expect(await shown()).toMatchObject({ isOffered: false, isAsked: false });
  });

  test('has no such button while none has failed, nor when all have ended', async () => {
    const family = new Family();
    family.await(await family.spawn({}, 100));
    expect((await family.children()).body).not.toContain('Retry those');
    const over = new Family();
    over.await(await over.spawn({ count: 100, full: new Set(['0']) }, 100, 25));
    expect((await over.children()).body).not.toContain('Retry those');
  });

  test('is an error for an unknown batch, state, or place', async () => {
    const family = new Family();
    await family.spawn({});
    await expect(family.children('', { key: 'another' })).rejects.toThrow(NotFoundError);
    await expect(family.children('status=failed')).rejects.toThrow(InvalidRequestError);
    await expect(family.children('after=-1')).rejects.toThrow(InvalidRequestError);
  });
});
