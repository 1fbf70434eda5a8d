import { describe, expect, test } from '@jest/globals';
import { listKeyOf } from '../../../../shared/job/list-keys.ts';
import { aListing, idsOf } from '../../../set-ups/listing.ts';
import { anId } from '../../../set-ups/samples.ts';

describe('the shards of a list', () => {
  test.each([1, 2, 4, 8])('%i of them are one list', async (listShards) => {
    const { submit, list, pages } = aListing({ listShards });
    for (let after = 1; after <= 60; after += 1) await submit({ after });
    expect(new Set(list.entries().map(({ key }) => key))).toEqual(
      new Set(Array.from({ length: listShards }, (_, shard) => listKeyOf('a tenant', shard))),
    );
    const all = await pages({ limit: 7 });
    expect(idsOf(all).flat()).toEqual(Array.from({ length: 60 }, (_, index) => anId(60 - index)));
  });

  test('may grow: what was submitted before is listed among the rest', async () => {
    const { submit, pages } = aListing({ listShards: 4 });
    let after = 0;
    for (const shards of [1, 2, 4, 2, 1, 4])
      for (let count = 0; count < 10; count += 1) await submit({ after: after++, shards });
    const all = idsOf(await pages({ limit: 9 }));
    expect(all.flat()).toEqual(Array.from({ length: 60 }, (_, index) => anId(60 - index)));
  });

  test('are asked for once each, also if the newest jobs are all in one of them', async () => {
    const { submit, list, page } = aListing({ listShards: 4 });
    for (let after = 1; after <= 40; after += 1) await submit({ after, shard: after > 20 ? 3 : 1 });
    const { jobs } = await page({ limit: 20 });
    expect(jobs.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => anId(40 - index)));
    expect(list.calls.filter(({ call }) => call === 'find')).toHaveLength(4);
  });

  test('are read evenly: a shard whose jobs are all old is not read ahead of the others', async () => {
    const { submit, set, pages } = aListing({ listShards: 2 });
    for (let after = 1; after <= 90; after += 1) await submit({ after, shard: after > 30 ? 1 : 0 });
    for (const number of [31, 5]) set(anId(number), { type: 'rare' });
    expect(idsOf(await pages({ limit: 5, type: 'rare' })).flat()).toEqual([31, 5].map(anId));
  });

  test('have lists of failed jobs, too', async () => {
    const { submit, fail, pages } = aListing({ listShards: 4 });
    for (let after = 1; after <= 30; after += 1) await submit({ after, shards: after > 15 ? 4 : 1 });
    const failed = [30, 22, 21, 16, 15, 14, 3, 1].map(anId);
    for (const id of failed) await fail(id);
    expect(idsOf(await pages({ limit: 3, status: 'failed' })).flat()).toEqual(failed);
  });

  test('of one tenant have nothing of another', async () => {
    const { submit, ids } = aListing({ listShards: 4 });
    for (let after = 1; after <= 20; after += 1) await submit({ after, tenant: after % 2 ? 'a' : 'b' });
    expect(await ids({ tenant: 'a' })).toEqual(
      Array.from({ length: 10 }, (_, index) => anId(19 - 2 * index)),
    );
  });
});
