import { describe, expect, test } from '@jest/globals';
import { eraseWrite } from '../../../../shared/job/control-writes.ts';
import { JobNotFoundError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobStore } from '../../../../shared/job/ports.ts';
import { findGrantedJob, findJob } from '../../../../shared/operations/find-job.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { aFailedItem, aQueuedItem, jobId } from '../../../set-ups/samples.ts';

const store = new InMemoryJobStore();
store.items.set(jobId, aQueuedItem());

const unreachable: JobStore = {
  read: () => Promise.reject(new StoreUnavailableError('the table was called')),
  write: () => Promise.reject(new StoreUnavailableError('the table was called')),
};

describe('findJob', () => {
  test('returns a job of the tenant', async () => {
    expect(await findJob({ id: jobId, tenant: 'a tenant' }, { store })).toEqual(aQueuedItem());
  });

  test.each([
    ['is of another tenant', { id: jobId, tenant: 'another' }],
    ['is requested with an empty tenant', { id: jobId, tenant: '' }],
    ['does not exist', { id: jobId.replace('0', '1'), tenant: 'a tenant' }],
  ])('throws a JobNotFoundError for a job that %s', async (_what, which) => {
    await expect(findJob(which, { store })).rejects.toThrow(
      new JobNotFoundError('There is no job of this id.'),
    );
  });

  test('throws a JobNotFoundError for a job that was erased, to its tenant, to nobody and for a grant', async () => {
    const table = new InMemoryJobStore();
    const item = aFailedItem();
    table.items.set(jobId, item);
    expect(await table.write(eraseWrite(item, t0))).toBeDefined();
    const notFound = new JobNotFoundError('There is no job of this id.');
    for (const tenant of ['a tenant', ''])
      await expect(findJob({ id: jobId, tenant }, { store: table })).rejects.toThrow(notFound);
    await expect(findGrantedJob(jobId, { store: table })).rejects.toThrow(notFound);
  });

  const malformedIds = [
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
  ];
  test.each(malformedIds.map((id) => [id.slice(0, 50), id] as const))(
    'throws a JobNotFoundError for the malformed id %j without a read',
    async (_start, id) => {
      await expect(findJob({ id, tenant: 'a tenant' }, { store: unreachable })).rejects.toThrow(
        JobNotFoundError,
      );
    },
  );

  test('finds a job of any tenant for a grant, and no job of a malformed or unknown id', async () => {
    expect(await findGrantedJob(jobId, { store })).toEqual(aQueuedItem());
    const unknown = findGrantedJob(jobId.replace('0', '1'), { store });
    await expect(unknown).rejects.toThrow(new JobNotFoundError('There is no job of this id.'));
    await expect(findGrantedJob('x', { store: unreachable })).rejects.toThrow(JobNotFoundError);
  });

  test('throws a StoreUnavailableError if the table cannot be reached', async () => {
    const finding = findJob({ id: jobId, tenant: 'a tenant' }, { store: unreachable });
    await expect(finding).rejects.toThrow(StoreUnavailableError);
  });
});
