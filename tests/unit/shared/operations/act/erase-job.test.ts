import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  JobNotFoundError,
  QueueUnavailableError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { shardKeyOf } from '../../../../../shared/domain/children/batch.ts';
import { ObjectsUnavailableError } from '../../../../../shared/domain/objects/object-errors.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { dependent, dependents, itsWake } from '../../../../set-ups/dependents.ts';
import { erasing } from '../../../../set-ups/erasing.ts';
import { leftOf, withChildren } from '../../../../set-ups/family.ts';
import {
  aFailedItem,
  anId,
  aQueuedItem,
  aRunningItem,
  jobId,
  newerVersion,
} from '../../../../set-ups/samples.ts';

describe('eraseJob', () => {
  test.each([
    ['succeeded', aFailedItem({ status: 'succeeded', result: '1', message: undefined })],
    ['failed', aFailedItem()],
    ['canceled', aFailedItem({ status: 'canceled' })],
    ['canceled', aFailedItem({ status: 'canceled', message: undefined })],
  ])('erases a job that is %s', async (status, item) => {
    const { erase, stored, calls } = erasing([item]);
    await erase();
    expect(stored()).toMatchObject({ status, erased: true, tenant: '', updatedAt: t0 });
    expect(calls).toEqual(['read', 'write erase']);
  });

  test.each([
    ['queued', aQueuedItem()],
    ['waiting', aQueuedItem({ status: 'waiting' })],
    ['running', aRunningItem()],
  ])('throws a ConflictError for a job that is %s, and wakes nobody', async (status, item) => {
    const { erase, stored, calls } = erasing([{ ...item, dependents }, dependent]);
    await expect(erase()).rejects.toThrow(
      new ConflictError(`The job is ${status}; only a job that has ended can be erased.`),
    );
    expect(calls).toEqual(['read']);
    expect(stored()).toEqual({ ...item, dependents });
  });

  test('throws a JobNotFoundError for a job that does not exist, is of another tenant, or is erased', async () => {
    await expect(erasing([]).erase()).rejects.toThrow(JobNotFoundError);
    const { erase, stored, calls } = erasing([aFailedItem()]);
    await expect(erase('another')).rejects.toThrow(JobNotFoundError);
    expect(stored()).toEqual(aFailedItem());
    await erase();
    calls.length = 0;
    await expect(erase()).rejects.toThrow(JobNotFoundError);
    await expect(erase('')).rejects.toThrow(JobNotFoundError);
    expect(calls).toEqual(['read', 'read']);
  });

  test('wakes the dependents before it erases the job, because the process that ended it may have crashed', async () => {
    const { erase, calls, pointers } = erasing([aFailedItem({ status: 'succeeded', dependents }), dependent]);
    await erase();
    expect(pointers.sent).toEqual([itsWake]);
    expect(calls).toEqual(['read', 'read', 'send pointer', 'write erase']);
  });

  test('erases a job with a dependent that only newer code can wake, and tells the others', async () => {
    const [known = '', newer = anId(77)] = [...dependents];
    const item = aFailedItem({ dependents: new Set([newer, known]), notify: [{ event: true }] });
    const { erase, stored, pointers, notifications } = erasing([
      item,
      dependent,
      aQueuedItem({ id: newer, version: newerVersion, status: 'waiting' }),
    ]);
    await erase();
    expect(stored()?.erased).toBe(true);
    expect([pointers.sent, notifications.sent.length]).toEqual([[itsWake], 1]);
  });

  test('erases nothing if one dependent is of a newer version, and another cannot be woken now', async () => {
    const [known = '', newer = anId(77)] = [...dependents];
    const item = aFailedItem({ dependents: new Set([newer, known]) });
    const { erase, stored } = erasing(
      [item, dependent, aQueuedItem({ id: newer, version: newerVersion })],
      (call) => {
        if (call.startsWith('send')) throw new QueueUnavailableError('no');
      },
    );
    await expect(erase()).rejects.toThrow(QueueUnavailableError);
    expect(stored()).toEqual(item);
  });

  test('erases nothing if the dependents cannot be woken', async () => {
    const item = aFailedItem({ dependents });
    const { erase, stored, pointers } = erasing([item, dependent]);
    pointers.isFailing = true;
    await expect(erase()).rejects.toThrow(QueueUnavailableError);
    expect(stored()).toEqual(item);
  });
});

const output = {
  contentType: 'text/csv',
  upload: { name: 'results/a', uploadId: 'upload-1' },
  parts: [],
  digest: '',
  bytes: 1,
  tail: 'states/b',
};
const withObjects = aFailedItem({
  message: '@messages/a',
  messageObject: 'messages/a',
  checkpoint: '@states/a',
  output,
});
const put = async ({ objects }: ReturnType<typeof erasing>, ...names: readonly string[]) => {
  for (const name of names) await objects.put({ name, body: 'x', contentType: 'text/plain' });
};

describe('eraseJob, of a job with objects,', () => {
  test('deletes them and aborts its upload when the item is erased', async () => {
    const erasure = erasing([withObjects]);
    await put(erasure, 'messages/a', 'states/a', 'states/b', 'messages/of another');
    await erasure.multipart.start({ name: 'results/a', contentType: 'text/csv' });
    await erasure.erase();
    expect([...erasure.objects.objects.keys()]).toEqual(['messages/of another']);
    expect(erasure.multipart.open).toEqual([]);
  });

  test('deletes nothing before: a retry may come in between', async () => {
    const erasure = erasing([withObjects], (call, table) => {
      if (call === 'write erase') table.items.set(jobId, aQueuedItem({ run: 2 }));
    });
    await put(erasure, 'messages/a', 'states/a');
    await expect(erasure.erase()).rejects.toThrow(ConflictError);
    expect(erasure.objects.objects.size).toBe(2);
  });

  test('deletes what it can, names all in the log and throws if one of them cannot be deleted', async () => {
    const erasure = erasing([withObjects]);
    await put(erasure, 'messages/a', 'states/a');
    const { objects, log, stored } = erasure;
    const remove = objects.delete.bind(objects);
    objects.delete = (name) =>
      name === 'messages/a' ? Promise.reject(new ObjectsUnavailableError('no')) : remove(name);
    await expect(erasure.erase()).rejects.toThrow(ObjectsUnavailableError);
    expect(stored()?.erased).toBe(true);
    expect([...objects.objects.keys()]).toEqual(['messages/a']);
    const fields = { jobId, objects: ['messages/a', 'states/a', 'states/b'], upload: output.upload };
    expect(log.lines).toEqual([{ level: 'error', message: 'objects of an erased job not deleted', fields }]);
  });
});

describe('eraseJob, if the job changes after it was read,', () => {
  test('is done if its answer was lost and its repetition was refused', async () => {
    const { erase, calls, stored } = erasing([aFailedItem()], async (call, table) => {
      const item = table.items.get(jobId);
      // The first request: the one that is recorded here is its repetition.
      if (call === 'write erase' && item) table.items.set(jobId, { ...item, erased: true, updatedAt: t0 });
    });
    await erase();
    expect(calls).toEqual(['read', 'write erase', 'read']);
    expect(stored()?.erased).toBe(true);
  });

  test('tries again with the job as it is then', async () => {
    let isSaved = false;
    const { erase, stored } = erasing([aFailedItem()], (call, table) => {
      if (call === 'write erase' && !isSaved) table.items.set(jobId, aFailedItem({ run: 2, updatedAt: 7 }));
      if (call === 'write erase') isSaved = true;
    });
    await erase();
    expect(stored()).toMatchObject({ erased: true, run: 2 });
  });

  test('throws a ConflictError if it is retried meanwhile', async () => {
    const retried = aQueuedItem({ run: 2, updatedAt: 7 });
    const { erase, stored } = erasing([aFailedItem()], (call, table) => {
      if (call === 'write erase') table.items.set(jobId, retried);
    });
    await expect(erase()).rejects.toThrow(ConflictError);
    expect(stored()).toEqual(retried);
  });

  test('throws a StoreUnavailableError after 5 tries if it changes each time', async () => {
    let changes = 0;
    const { erase, calls } = erasing([aFailedItem()], (call, table) => {
      changes += 1;
      if (call === 'write erase') table.items.set(jobId, aFailedItem({ updatedAt: changes }));
    });
    await expect(erase()).rejects.toThrow(StoreUnavailableError);
    expect(calls.filter((call) => call === 'write erase')).toHaveLength(5);
  });
});

describe('eraseJob, of a job with children,', () => {
  const all = { looks: 100, erases: 100 };
  const given = async (over: Parameters<typeof withChildren>[2] = {}) => {
    const erasure = erasing([aFailedItem()]);
    return { ...erasure, ...(await withChildren(erasure.tables, aFailedItem(), over)) };
  };

  test('erases them and their objects, the children of these, and all that counts them', async () => {
    const { erase, tables, children, objects } = await given();
    const [first, second] = children;
    if (!first || !second) throw new Error('there are no children');
    await withChildren(tables, first);
    tables.items.set(second.id, {
      ...second,
      result: undefined,
      resultObject: { name: 'results/a', contentType: 'text/csv', bytes: 1 },
    });
    await objects.put({ name: 'results/a', body: 'x', contentType: 'text/csv' });
    await erase();
    expect(leftOf(tables)).toEqual([]);
    expect(tables.items.size).toBe(11);
    expect(objects.objects.size).toBe(0);
  });

  test('leaves something of each that is not to start any more, and nothing of those that were not sent', async () => {
    const { erase, tables, root, children } = await given({ count: 4, full: undefined });
    tables.batches.roots.set(root.batch, { ...root, full: undefined });
    tables.batches.stored.delete(shardKeyOf({ batch: root.batch, round: 1, shard: 1 }));
    for (const { id } of children) tables.items.delete(id);
    await erase();
    expect(children.map(({ id }) => tables.items.get(id)?.erased)).toEqual([
      true,
      true,
      undefined,
      undefined,
    ]);
  });

  test.each([
    ['running', aRunningItem()],
    ['waiting', aQueuedItem({ status: 'waiting' })],
  ])('throws a ConflictError and changes nothing while one is %s', async (status, { parent: _, ...item }) => {
    const { erase, tables, root, children } = await given();
    const [{ id, parent } = aFailedItem()] = children;
    tables.batches.roots.set(root.batch, { ...root, full: undefined });
    tables.items.set(id, { ...item, id, ...(parent ? { parent } : {}) });
    const before = leftOf(tables);
    await expect(erase()).rejects.toThrow(
      new ConflictError(
        `A child of the batch "pages" is ${status}; a job can be erased when all of its children have ended.`,
      ),
    );
    expect(leftOf(tables)).toEqual(before);
  });

  test('waits for those that outlive it and are still queued, until no queue can have their messages', async () => {
    const { erase, tables, root, children, clock } = await given({ whenParentEnds: 'leave' });
    const { batch } = root;
    tables.batches.roots.set(batch, { ...root, full: undefined });
    const key = shardKeyOf({ batch, round: 1, shard: 1 });
    const shard = tables.batches.stored.get(key);
    if (shard) tables.batches.stored.set(key, { ...shard, ended: new Set(['2']) });
    tables.items.delete(children[3]?.id ?? '');
    await expect(erase()).rejects.toThrow('A child of the batch "pages" is queued');
    await clock.advance(14 * 24 * 3600_000);
    await erase();
    expect(leftOf(tables)).toEqual([]);
  });

  test('waits for those that are made again, and have the item of a round before', async () => {
    const { erase, tables, root, children, clock } = await given({ whenParentEnds: 'leave' });
    const { batch } = root;
    // The last one is alone in its shard.
    tables.batches.roots.set(batch, { ...root, round: 2, full: new Set(['0', '1']) });
    const place = { batch, round: 2, shard: 2, size: 1 };
    await tables.batches.createShard({ ...place, version: 2, tenant: root.tenant, expiresAt: 1 });
    await expect(erase()).rejects.toThrow('A child of the batch "pages" is queued');
    expect(leftOf(tables)).toHaveLength(11);
    expect(children.every(({ run }) => run === 1)).toBe(true);
    await clock.advance(14 * 24 * 3600_000);
    await erase();
    expect(leftOf(tables)).toEqual([]);
  });

  test('does so piece by piece, and goes on where it was', async () => {
    const { erasePart, tables } = await given();
    expect(await erasePart({ looks: 0, erases: 100 })).toBe('unfinished');
    expect(leftOf(tables)).toHaveLength(10);
    const left: number[] = [];
    while ((await erasePart({ ...all, erases: 1 })) === 'unfinished') left.push(leftOf(tables).length);
    expect(left).toEqual([8, 6, 5, 3]);
    expect(leftOf(tables)).toEqual([]);
  });

  test('erases no child alone, unless its batch is gone', async () => {
    const { erasePart, tables, root, children } = await given();
    const { id = '' } = children[1] ?? {};
    await expect(erasePart(all, id)).rejects.toThrow(
      new ConflictError(`The job is a child of ${jobId}, and is erased with that.`),
    );
    tables.batches.roots.delete(root.batch);
    await erasePart(all, id);
    expect(tables.items.get(id)?.erased).toBe(true);
  });
});
