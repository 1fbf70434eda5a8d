import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { filters, histories, matches, readWhileItChanges } from './changing-list.ts';

test('pages of a list that changes: newest first, no job twice, none that does not match, and none is missing that was in the list from the first page on', async () => {
  await fc.assert(
    fc.asyncProperty(histories, filters, fc.integer({ min: 1, max: 40 }), async (history, filter, limit) => {
      const { pages, expected } = await readWhileItChanges(history, { filter, limit });
      expect(pages.at(-1)?.next).toBeUndefined();
      expect(pages.filter(({ jobs }) => jobs.length > limit)).toEqual([]);
      const listed = pages.flatMap(({ jobs }) => jobs);
      expect(listed.filter((job) => !matches(job, filter))).toEqual([]);
      const places = listed.map(({ createdAt, id }) => `${createdAt} ${id}`);
      expect(places).toEqual([...places].sort().reverse());
      const ids = new Set(listed.map(({ id }) => id));
      expect(ids.size).toBe(listed.length);
      expect(expected.filter((id) => !ids.has(id))).toEqual([]);
    }),
  );
});
