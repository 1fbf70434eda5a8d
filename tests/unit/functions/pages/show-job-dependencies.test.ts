import { expect, test } from '@jest/globals';
import { showJob } from '../../../../functions/pages/show-job.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { rights } from '../../../../shared/job/access-entry.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { aFailedItem, aQueuedItem, aRequest, aRunningItem, t0 } from '../../../fakes/samples.ts';

const dependency = '00000000-0000-4000-8000-000000000007';

/** The page of a job that depends on another one, which failed, and how often that was read. */
async function shown(job: JobItem, other = aFailedItem({ id: dependency })) {
  const reads: (readonly string[])[] = [];
  const list = {
    read: async (ids: readonly string[]) => {
      reads.push(ids);
      return { items: [other], units: 1 };
    },
  };
  const viewer = { kind: 'caller' as const, tenant: job.tenant, rights: [...rights] };
  const item = { ...job, dependsOn: [dependency] };
  const { body = '' } = await showJob(item, aRequest(), {
    viewer,
    list,
    contracts,
    canSignOut: true,
    now: t0,
  });
  const [, after = ''] = body.split('<dt>After</dt>');
  return { reads, after: after.slice(0, after.indexOf('</dd>')) };
}

test.each([
  ['failed', aFailedItem()],
  ['canceled', aFailedItem({ status: 'canceled' })],
  ['queued', aQueuedItem()],
])('a job that is %s is shown with what became of the job that it depends on', async (_status, item) => {
  const { after, reads } = await shown(item);
  expect(after).toContain('Failed');
  expect(after).not.toContain('Succeeded');
  expect(reads).toEqual([[dependency]]);
});

test.each([
  ['running', aRunningItem()],
  ['succeeded', aFailedItem({ status: 'succeeded', result: '1' })],
])(
  'a job that is %s could start: what it depends on has succeeded, and is not read',
  async (_status, item) => {
    const { after, reads } = await shown(item);
    expect(after).toContain('Succeeded');
    expect(reads).toEqual([]);
  },
);

test("another tenant's job is shown as one that is not known", async () => {
  const { after } = await shown(aQueuedItem(), aFailedItem({ id: dependency, tenant: 'another' }));
  expect(after).toContain('not known any more');
});
