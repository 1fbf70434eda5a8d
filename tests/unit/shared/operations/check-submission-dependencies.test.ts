import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { requireDependencies } from '../../../../shared/operations/check-submission.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem } from '../../../set-ups/samples.ts';

const [own, foreign, unknown] = [anId(1), anId(2), anId(3)];
const store = new InMemoryJobStore();
store.items.set(own, aQueuedItem({ id: own }));
store.items.set(foreign, aQueuedItem({ id: foreign, tenant: 'another' }));

const check = (dependsOn?: readonly string[], deps: Parameters<typeof requireDependencies>[1] = { store }) =>
  requireDependencies({ tenant: 'a tenant', dependsOn }, deps);
const violation = (index: number) => ({
  pointer: `/dependsOn/${index}`,
  detail: 'there is no job of this id',
});

describe('requireDependencies', () => {
  test.each([
    aQueuedItem(),
    aQueuedItem({ status: 'waiting' }),
    aRunningItem(),
    aFailedItem({ status: 'succeeded' }),
    aFailedItem(),
    aFailedItem({ status: 'canceled' }),
  ])('accepts a $status dependency', async (item) => {
    const table = new InMemoryJobStore();
    table.items.set(item.id, item);
    await expect(check([item.id], { store: table })).resolves.toBeUndefined();
  });

  test.each([
    ['a job that does not exist', [unknown], [violation(0)]],
    ['a job of another tenant, as if it did not exist', [foreign], [violation(0)]],
    [
      'a list of which two jobs are unknown, with a violation for each of them',
      [own, foreign, own, unknown],
      [violation(1), violation(3)],
    ],
  ])('rejects %s', async (_what, dependsOn, violations) => {
    const checked = check(dependsOn);
    await expect(checked).rejects.toThrow(InvalidRequestError);
    await expect(checked).rejects.toMatchObject({ violations });
  });

  test.each([undefined, []])('makes no read if there are no dependencies: %j', async (dependsOn) => {
    const read = () => Promise.reject(new StoreUnavailableError('the table was called'));
    await expect(check(dependsOn, { store: { read, write: read } })).resolves.toBeUndefined();
  });

  test('throws a StoreUnavailableError if the table cannot be reached', async () => {
    const read = () => Promise.reject(new StoreUnavailableError('no'));
    await expect(check([own], { store: { read, write: read } })).rejects.toThrow(StoreUnavailableError);
  });
});
