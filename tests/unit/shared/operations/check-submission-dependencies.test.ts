import { describe, expect, test } from '@jest/globals';
import { InvalidRequestError, StoreUnavailableError } from '../../../../shared/job/errors.ts';
import { checkDependencies } from '../../../../shared/operations/check-submission.ts';
import { InMemoryJobStore } from '../../../fakes/in-memory-job-store.ts';
import { aFailedItem, anId, aQueuedItem, aRunningItem } from '../../../fakes/samples.ts';

const [mine, theirs, unknown] = [anId(1), anId(2), anId(3)];
const store = new InMemoryJobStore();
store.items.set(mine, aQueuedItem({ id: mine }));
store.items.set(theirs, aQueuedItem({ id: theirs, tenant: 'another' }));

const checking = (dependsOn?: readonly string[], deps: Parameters<typeof checkDependencies>[1] = { store }) =>
  checkDependencies({ tenant: 'a tenant', dependsOn }, deps);
const violation = (index: number) => ({
  pointer: `/dependsOn/${index}`,
  detail: 'there is no job of this id',
});

describe('the dependencies of a job', () => {
  test.each([
    aQueuedItem(),
    aQueuedItem({ status: 'waiting' }),
    aRunningItem(),
    aFailedItem({ status: 'succeeded' }),
    aFailedItem(),
    aFailedItem({ status: 'canceled' }),
  ])('may be $status: what follows of that, the gate says', async (item) => {
    const table = new InMemoryJobStore();
    table.items.set(item.id, item);
    await expect(checking([item.id], { store: table })).resolves.toBeUndefined();
  });

  test.each([
    ['are not known', [unknown], [violation(0)]],
    ["are another tenant's, which nobody is to learn", [theirs], [violation(0)]],
    [
      'are not all known: every one that is not is told',
      [mine, theirs, mine, unknown],
      [violation(1), violation(3)],
    ],
  ])('are refused if they %s', async (_what, dependsOn, violations) => {
    const refused = checking(dependsOn);
    await expect(refused).rejects.toThrow(InvalidRequestError);
    await expect(refused).rejects.toMatchObject({ violations });
  });

  test.each([undefined, []])('may be none (%j), which costs no read', async (dependsOn) => {
    const read = () => Promise.reject(new StoreUnavailableError('the table was touched'));
    await expect(checking(dependsOn, { store: { read, write: read } })).resolves.toBeUndefined();
  });

  test('are not said to be unknown when the table is out of reach', async () => {
    const read = () => Promise.reject(new StoreUnavailableError('no'));
    await expect(checking([mine], { store: { read, write: read } })).rejects.toThrow(StoreUnavailableError);
  });
});
