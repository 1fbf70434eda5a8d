import { expect, test } from '@jest/globals';
import { listPositionOf } from '../../../../shared/job/list-keys.ts';
import type { JobList } from '../../../../shared/job/ports.ts';
import { listJobs } from '../../../../shared/operations/list-jobs.ts';

/** DynamoDB refuses a range whose end is before its beginning. */
const strictList: JobList = {
  async find({ since, below }) {
    if (since > below) throw new Error('the end of the range is before its beginning');
    return { items: [], units: 1 };
  },
  read: async () => ({ items: [], units: 0 }),
};
const list = (filter: object) =>
  listJobs({ tenant: 'a tenant', filter, limit: 10 }, { list: strictList, listShards: 2 });

test.each([
  [{ since: 2_000, until: 1_000 }],
  [{ since: 1_000, until: 1_000 }],
  [{ until: -1 }],
  [{ since: Date.parse('9999-12-31T23:59:59Z') }],
])('no job is in the time of %j', async (filter) => {
  expect(await list(filter)).toEqual({ jobs: [] });
});

test('positions sort as times do, whatever a client asks for', () => {
  const years = ['0000', '0001', '1969', '1970', '2026', '2286', '2287', '2500', '5138', '9999'];
  const positions = years.map((year) => listPositionOf(Date.parse(`${year}-06-01T00:00:00Z`), ''));
  expect([...positions].sort()).toEqual(positions);
});
