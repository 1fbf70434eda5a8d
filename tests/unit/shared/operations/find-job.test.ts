import { describe, expect, test } from '@jest/globals';
import { JobNotFoundError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { findJob } from '../../../../shared/operations/find-job.ts';
import { InMemoryJobStore } from '../../../fakes/in-memory-job-store.ts';
import { aQueuedItem, jobId } from '../../../fakes/samples.ts';

const store = new InMemoryJobStore();
store.items.set(jobId, aQueuedItem());

const out: JobStore = {
  read: () => Promise.reject(new StoreUnavailableError('the table was touched')),
  write: () => Promise.reject(new StoreUnavailableError('the table was touched')),
};

describe('a job', () => {
  test('is found by its tenant', async () => {
    expect(await findJob({ id: jobId, tenant: 'a tenant' }, { store })).toEqual(aQueuedItem());
  });

  test.each([
    ["is another tenant's", { id: jobId, tenant: 'another' }],
    ["is nobody's to ask for", { id: jobId, tenant: '' }],
    ['is not there', { id: jobId.replace('0', '1'), tenant: 'a tenant' }],
  ])('is not found if it %s', async (_what, which) => {
    await expect(findJob(which, { store })).rejects.toThrow(
      new JobNotFoundError('There is no job of this id.'),
    );
  });

  test.each([
    '',
    ' ',
    'x',
    '../jobs',
    jobId.toUpperCase(),
    ` ${jobId}`,
    `${jobId}\n`,
    jobId.replaceAll('-', ''),
    `{${jobId}}`,
    `${jobId}0`,
    '\u0000',
    'é'.repeat(3000),
  ])('of an id like %j is not found, without a look into the table', async (id) => {
    await expect(findJob({ id, tenant: 'a tenant' }, { store: out })).rejects.toThrow(JobNotFoundError);
  });

  test('is not said to be missing when the table is out of reach', async () => {
    const finding = findJob({ id: jobId, tenant: 'a tenant' }, { store: out });
    await expect(finding).rejects.toThrow(StoreUnavailableError);
  });
});
