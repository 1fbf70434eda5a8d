import { describe, expect, test } from '@jest/globals';
import { aJob, id, json, scriptedApi, stage } from './scripted-api.ts';

const page = (ids: readonly string[], nextCursor?: string) =>
  json(200, { items: ids.map((id) => aJob({ id })), ...(nextCursor ? { nextCursor } : {}) });

describe('list', () => {
  test('a list is read page by page, an empty one too, as long as there is a cursor', async () => {
    const { client, sent } = scriptedApi([page(['1', '2'], 'c 1'), page([], 'c 2'), page(['3'])]);
    const ids: string[] = [];
    for await (const { id } of client.list({ status: 'failed', pageSize: 2 })) ids.push(id);
    expect(ids).toEqual(['1', '2', '3']);
    expect(sent.map(({ request }) => new URL(request.url).searchParams.get('cursor'))).toEqual([
      null,
      'c 1',
      'c 2',
    ]);
  });

  test('of each page but the last it is told how far the search is', async () => {
    const time = '2026-11-25T00:00:00.000Z';
    const empty = json(200, { items: [], nextCursor: 'c', searchedTo: time });
    const { client } = scriptedApi([empty, page(['1'])]);
    const reported: Date[] = [];
    for await (const _ of client.list({ tags: ['rare'], onSearched: (since) => reported.push(since) }))
      expect(reported).toEqual([new Date(time)]);
    expect(reported).toHaveLength(1);
  });

  test('a page is not read before its first job is asked for', async () => {
    const { client, sent } = scriptedApi([page(['1', '2'], 'c 1')]);
    for await (const { id } of client.list()) if (id === '2') break;
    expect(sent).toHaveLength(1);
  });

  test('a filter is written as the API reads it', async () => {
    const { client, sent } = scriptedApi([page([])]);
    const filter = {
      type: 'counting',
      group: 'customer & son',
      tags: ['a b', 'c'],
      since: new Date('2026-11-25T00:00:00Z'),
      until: '2026-11-26T00:00:00+01:00',
      status: undefined,
    };
    for await (const _ of client.list(filter)) throw new Error('there is no job');
    const { searchParams, pathname, origin } = new URL(sent[0]?.request.url ?? '');
    expect(origin + pathname).toBe(`${stage}/jobs`);
    expect([...searchParams].sort()).toEqual([
      ['group', 'customer & son'],
      ['limit', '100'],
      ['since', '2026-11-25T00:00:00.000Z'],
      ['tag', 'a b'],
      ['tag', 'c'],
      ['type', 'counting'],
      ['until', '2026-11-26T00:00:00+01:00'],
    ]);
  });

  test('children come page by page, each after the last one that was seen', async () => {
    const children = (items: readonly number[], next?: number) =>
      json(200, { items: items.map((index) => ({ index })), ...(next === undefined ? {} : { next }) });
    const { client, targets } = scriptedApi([children([0, 1], 1), children([4])]);
    const seen: number[] = [];
    for await (const { index } of client.children(id, 'a b', { status: 'open' })) seen.push(index);
    expect(seen).toEqual([0, 1, 4]);
    const path = `GET /jobs/${id}/children/a%2520b`;
    expect(targets()).toEqual([`${path}?status=open`, `${path}?status=open&after=1`]);
  });
});
