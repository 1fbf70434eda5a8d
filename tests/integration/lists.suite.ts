import { beforeAll, expect, test } from '@jest/globals';
import { errorList } from '../../shared/http/families/errors.ts';
import { jobList } from '../../shared/http/responses/job-response.ts';
import { eventually } from './eventually.ts';
import type { System } from './system.ts';

let system: System;
/** In the order of their submission. */
const submitted: string[] = [];

const list = async (query = '') => {
  const answer = await system.call('GET', `/jobs${query}`);
  expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'private, no-cache' } });
  return jobList.parse(JSON.parse(answer.body));
};

/** Follows the cursors to the last page. */
async function pages(query: string): Promise<readonly (readonly string[])[]> {
  const found: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await list(`?${query}${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    found.push(page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== undefined && found.length < 100);
  return found;
}

export function describeLists(running: () => System): void {
  beforeAll(async () => {
    system = running();
    for (let index = 0; index < 45; index += 1) {
      const tags = index % 3 === 0 ? ['every third', `number ${index}`] : [`number ${index}`];
      submitted.push((await system.request({ type: 'counting', payload: { seconds: 0 }, tags })).id);
    }
  });

  test.each([1, 7, 20, 44, 45, 100])('pages of %i show every job once, newest first', async (limit) => {
    const found = await pages(`limit=${limit}`);
    expect(found.flat()).toEqual([...submitted].reverse());
    for (const page of found.slice(0, -1)) expect(page).toHaveLength(limit);
  });

  test('without a limit a page has 20 jobs, without results, histories and links that need no credential', async () => {
    const { items } = await list();
    expect(items).toHaveLength(20);
    const [newest] = items;
    expect(newest).toMatchObject({ id: submitted.at(-1), status: 'queued', tags: ['number 44'] });
    for (const key of ['result', 'history', 'pageUrl']) expect(newest).not.toHaveProperty(key);
    expect((await system.call('GET', new URL(newest?.statusUrl ?? '').pathname)).status).toBe(200);
  });

  test('a filter by tags shows the jobs that have all of them, on every page', async () => {
    const third = submitted.filter((_, index) => index % 3 === 0).reverse();
    const found = await pages('tag=every%20third&limit=4');
    expect(found.flat()).toEqual(third);
    expect((await list('?tag=every+third&tag=number+42')).items.map(({ id }) => id)).toEqual([submitted[42]]);
    expect((await list('?tag=every+third&tag=number+43')).items).toEqual([]);
  });

  test('a job that was submitted meanwhile is on no later page', async () => {
    const first = await list('?limit=10');
    const { id } = await system.submit('counting', { seconds: 0 });
    const { items } = await list(`?limit=100&cursor=${first.nextCursor}`);
    expect(items.map((job) => job.id)).toEqual([...submitted].reverse().slice(10));
    expect((await list('?limit=1')).items.map((job) => job.id)).toEqual([id]);
  });

  test('failed jobs are in groups of errors, which no call takes for a job', async () => {
    system.start();
    const submit = (groupBy: string) =>
      system.submit('csv-sums', {
        csv: 'a\n1\n',
        groupBy,
        metrics: [{ column: 'a', op: 'sum' }],
      });
    const ids = [(await submit('b')).id, (await submit('c')).id];
    for (const id of ids) await system.finished(id);
    const group = await eventually(async () => {
      const { items } = errorList.parse(JSON.parse((await system.call('GET', '/errors')).body));
      return items.find(({ count }) => count === 2);
    }, 'both failures to be in their group');
    expect(group).toMatchObject({ type: 'csv-sums', name: 'ColumnError', hasMore: false });
    expect(ids).toContain(group.example?.id);
    expect((await list(`?error=${group.id}`)).items.map(({ id }) => id)).toEqual([...ids].reverse());
    expect((await list(`?error=${'0'.repeat(32)}`)).items).toEqual([]);
    for (const id of [group.id, encodeURIComponent(`errors/${group.id}`)])
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', '/result'],
        ['GET', '/input'],
        ['POST', '/cancel'],
        ['POST', '/retry'],
      ] as const)
        expect((await system.call(method, `/jobs/${id}${path}`)).status).toBe(404);
    const body = JSON.stringify({
      type: 'counting',
      payload: { seconds: 0 },
      dependsOn: [`errors/${group.id}`],
    });
    expect((await system.call('POST', '/jobs', { body })).status).toBe(400);
    for (const id of ids) expect((await system.call('DELETE', `/jobs/${id}`)).status).toBe(204);
    const { items } = errorList.parse(JSON.parse((await system.call('GET', '/errors')).body));
    expect(items).toEqual([{ ...group, example: undefined }]);
    await system.halt();
  });

  test('the list of failed jobs has those that failed, until they are retried', async () => {
    system.start();
    const payload = { csv: 'a\n1\n', groupBy: 'b', metrics: [{ column: 'a', op: 'sum' }] };
    const { id } = await system.submit('csv-sums', payload);
    await system.finished(id);
    expect((await list('?status=failed')).items.map((job) => [job.id, job.status])).toEqual([[id, 'failed']]);
    await system.halt();
    expect((await system.call('POST', `/jobs/${id}/retry`)).status).toBe(202);
    expect((await list('?status=failed')).items).toEqual([]);
  });
}
