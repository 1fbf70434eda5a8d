import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  QueueUnavailableError,
  StoreUnavailableError,
  TenantSuspendedError,
} from '../../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { type JobAction, jobActions } from '../../../../../shared/domain/state/job/job-action.ts';
import { retryWrite, reviveWrite } from '../../../../../shared/domain/state/writes/control-writes.ts';
import { t0 } from '../../../../../testkit/fakes/fixed.ts';
import { canceling } from '../../../../set-ups/canceling.ts';
import { erasing } from '../../../../set-ups/erasing.ts';
import { theJobActions } from '../../../../set-ups/job-actions.ts';
import { retrying } from '../../../../set-ups/retrying.ts';
import {
  aFailedItem,
  aQueuedItem,
  aRunningItem,
  by,
  jobId,
  newerVersion,
} from '../../../../set-ups/samples.ts';

/** A job in a state, as a list had it. */
async function aSeenJob(state: 'queued' | 'failed') {
  const { jobs, actions, queues, suspended, notifications } = theJobActions();
  const id = await jobs.submit();
  if (state === 'failed') await jobs.fail(id);
  const stored = (): JobItem => {
    const item = jobs.store.items.get(id);
    if (!item) throw new TypeError('there is no such job');
    return item;
  };
  return { id, jobs, actions, queues, suspended, notifications, stored, seen: { ...stored() } };
}

const stateFor: Readonly<Record<JobAction, 'queued' | 'failed'>> = {
  cancel: 'queued',
  retry: 'failed',
  erase: 'failed',
  notify: 'failed',
};

describe('an action on a job that was found in a list', () => {
  test('cancels it', async () => {
    const { actions, seen, stored } = await aSeenJob('queued');
    expect(await actions().act('cancel', seen, 'by')).toBe('done');
    expect(stored().status).toBe('canceled');
  });

  test('asks for its cancel if a worker has it, and says so', async () => {
    const { id, jobs, actions, stored } = await aSeenJob('queued');
    jobs.set(id, { status: 'running' });
    expect(await actions().act('cancel', stored(), 'by')).toBe('requested');
    expect(stored()).toMatchObject({ status: 'running', cancelRequested: true });
    expect(await actions().act('cancel', stored(), 'by')).toBe('requested');
  });

  test.each(jobActions)('to %s it, leaves it if newer code has taken it up since', async (action) => {
    const { id, jobs, actions, seen, stored } = await aSeenJob(stateFor[action]);
    jobs.set(id, { version: newerVersion });
    const before = stored();
    expect(await actions().act(action, seen, 'by')).toBe('newer');
    expect(stored()).toEqual(before);
  });

  test('retries it', async () => {
    const { actions, seen, stored, queues } = await aSeenJob('failed');
    expect(await actions().act('retry', seen, 'by')).toBe('done');
    expect(stored()).toMatchObject({ status: 'queued', run: 2 });
    expect(queues.long.sent).toHaveLength(1);
  });

  test('erases it', async () => {
    const { actions, seen, stored } = await aSeenJob('failed');
    expect(await actions().act('erase', seen, 'by')).toBe('done');
    expect(stored().erased).toBe(true);
  });

  test.each(jobActions)('to %s it, does nothing if it has changed since', async (action) => {
    const { id, jobs, actions, seen, stored, queues } = await aSeenJob(stateFor[action]);
    if (action === 'cancel') await jobs.fail(id);
    else await jobs.retry(id);
    const before = stored();
    expect(await actions().act(action, seen, 'by')).toBe('skipped');
    expect(stored()).toEqual(before);
    expect(queues.long.sent).toEqual([]);
  });

  test.each(jobActions)('to %s it, does nothing if it is as it was, but in another run', async (action) => {
    const { jobs, actions, stored, queues, notifications } = await aSeenJob(stateFor[action]);
    const held = { status: 'failed', attempts: 1, suspended: true };
    const notified = { notify: [{ event: true as const }], notification: JSON.stringify([held]) };
    const seen = stored();
    const another = { ...seen, ...(action === 'notify' ? notified : {}), run: seen.run + 1 };
    jobs.store.items.set(seen.id, another);
    expect(await actions().act(action, seen, 'by')).toBe('skipped');
    expect(stored()).toEqual(another);
    expect([queues.long.sent, notifications.sent]).toEqual([[], []]);
  });

  test('notifies of its end again, as far as that was held back', async () => {
    const { jobs, actions, stored, notifications } = await aSeenJob('failed');
    const record = { status: 'failed', attempts: 1, lastError: 'the tenant is suspended', suspended: true };
    const notify = [{ url: 'https://a.example/' }, { event: true as const }, { email: 'a@example.com' }];
    const delivered = { status: 'delivered', attempts: 1 };
    const notification = JSON.stringify([delivered, record, null]);
    jobs.store.items.set(stored().id, { ...stored(), notify, notification });
    expect(await actions().act('notify', stored(), 'job:1')).toBe('done');
    expect(notifications.sent.map(({ message }) => message)).toMatchObject([{ position: 1, attempts: 1 }]);
  });

  test('notifies of its end again, as far as its receiver had not taken that for three days', async () => {
    const { jobs, actions, stored, notifications } = await aSeenJob('failed');
    const givenUp = { status: 'failed', attempts: 17, lastError: 'HTTP 500', givenUp: true };
    const refused = { status: 'failed', attempts: 1, lastError: 'HTTP 410' };
    const notify = [{ url: 'https://a.example/' }, { url: 'https://b.example/' }];
    jobs.store.items.set(stored().id, {
      ...{ ...stored(), notify },
      notification: JSON.stringify([refused, givenUp]),
    });
    expect(await actions().act('notify', stored(), 'job:1')).toBe('done');
    expect(notifications.sent.map(({ message }) => message)).toMatchObject([{ position: 1, attempts: 17 }]);
  });

  test('notifies of nothing if nothing was held back', async () => {
    const { actions, seen, notifications } = await aSeenJob('failed');
    expect(await actions().act('notify', seen, 'job:1')).toBe('skipped');
    expect(notifications.sent).toEqual([]);
  });

  test.each(['retry', 'notify'] as const)('does not %s for a suspended tenant, and ends', async (action) => {
    const { actions, seen, suspended } = await aSeenJob('failed');
    suspended.add(seen.tenant);
    await expect(actions().act(action, seen, 'job:1')).rejects.toThrow(TenantSuspendedError);
  });

  test.each([
    ['queued', 'cancel', { status: 'canceled', canceledBy: 'key:one' }],
    ['failed', 'retry', { status: 'queued', retriedBy: 'key:one' }],
    ['failed', 'erase', { erased: true, erasedBy: 'key:one' }],
  ] as const)('of a job that is %s, to %s it, leaves the name of who acts', async (state, action, left) => {
    const { actions, seen, stored } = await aSeenJob(state);
    expect(await actions().act(action, seen, 'key:one')).toBe('done');
    expect(stored()).toMatchObject(left);
  });

  test('does nothing if its kept message cannot be read, so that the others are not held up', async () => {
    const { jobs, actions, stored } = await aSeenJob('failed');
    jobs.store.items.set(stored().id, { ...stored(), message: 'not JSON' });
    expect(await actions().act('retry', stored(), 'by')).toBe('skipped');
  });

  test.each(jobActions)('to %s it, does nothing if it is gone, or of another tenant', async (action) => {
    const { id, jobs, actions, seen } = await aSeenJob(stateFor[action]);
    expect(await actions().act(action, { ...seen, tenant: 'another tenant' }, 'by')).toBe('skipped');
    jobs.expire(id);
    expect(await actions().act(action, seen, 'by')).toBe('skipped');
  });

  test('to notify, fails if the queue cannot be reached, to be tried again', async () => {
    const { jobs, actions, stored, notifications } = await aSeenJob('failed');
    const notification = JSON.stringify([{ status: 'failed', attempts: 1, suspended: true }]);
    jobs.store.items.set(stored().id, { ...stored(), notify: [{ event: true }], notification });
    notifications.isFailing = true;
    await expect(actions().act('notify', stored(), 'job:1')).rejects.toThrow(QueueUnavailableError);
  });

  test.each(jobActions.filter((action) => action !== 'notify'))(
    'to %s it, fails if the table cannot be reached, to be tried again',
    async (action) => {
      const { actions, seen } = await aSeenJob(stateFor[action]);
      const before = (call: string) => {
        if (call.startsWith('write')) throw new StoreUnavailableError('no');
      };
      await expect(actions({ before }).act(action, seen, 'by')).rejects.toThrow(StoreUnavailableError);
    },
  );
});

const changed = new ConflictError('The job was retried, or has ended, since it was listed.');
const seenAs = ({ run, finishedAt }: JobItem) => ({ run, finishedAt });
const tenant = 'a tenant';

const failed = aFailedItem();
const failedAgain = aFailedItem({ run: 2, finishedAt: 5 });
/** The run stays the same when a canceled job is revived. */
const canceledAgain = aFailedItem({ status: 'canceled', finishedAt: 5 });

describe('a job that is as its caller saw it', () => {
  test.each([aQueuedItem(), aRunningItem(), aRunningItem({ run: 3 })])('is canceled', async (item) => {
    const { cancel } = canceling(item);
    expect(await cancel(tenant, seenAs(item))).toMatchObject({ run: item.run });
  });

  test('is canceled, if only its status has changed since', async () => {
    const { cancel, stored } = canceling(aRunningItem());
    await cancel(tenant, seenAs(aQueuedItem()));
    expect(stored()?.cancelRequested).toBe(true);
  });

  test('is retried', async () => {
    const { retry } = retrying(failed);
    expect(await retry(tenant, seenAs(failed))).toMatchObject({ status: 'queued', run: 2 });
  });

  test('is erased', async () => {
    const { erase, stored } = erasing([failed]);
    await erase(tenant, seenAs(failed));
    expect(stored()?.erased).toBe(true);
  });
});

describe('a job that has changed since its caller saw it', () => {
  test.each([
    ['was retried', aQueuedItem(), aQueuedItem({ run: 2 })],
    ['was retried, and runs', aRunningItem(), aRunningItem({ run: 2 })],
    ['was retried and canceled', aQueuedItem(), aFailedItem({ status: 'canceled', run: 2 })],
  ])('is not canceled if it %s', async (_what, seen, item) => {
    const { cancel, calls, stored } = canceling(item);
    await expect(cancel(tenant, seenAs(seen))).rejects.toBeInstanceOf(ConflictError);
    expect(calls).toEqual(['read']);
    expect(stored()).toEqual(item);
  });

  test('is not canceled if it has failed', async () => {
    const { cancel, stored } = canceling(failed);
    const canceled = cancel(tenant, seenAs(aRunningItem()));
    await expect(canceled).rejects.toThrow(new ConflictError('The job is failed already.'));
    expect(stored()).toEqual(failed);
  });

  test.each([
    ['was retried, and failed again', failed, failedAgain],
    ['was retried', failed, aQueuedItem({ run: 2 })],
    ['was revived and canceled again', aFailedItem({ status: 'canceled' }), canceledAgain],
  ])('is neither retried nor erased if it %s', async (_what, seen, item) => {
    const { retry, sent, stored } = retrying(item);
    await expect(retry(tenant, seenAs(seen))).rejects.toThrow(changed);
    expect(sent()).toEqual([]);
    expect(stored()).toEqual(item);
    const erasure = erasing([item]);
    await expect(erasure.erase(tenant, seenAs(seen))).rejects.toThrow(changed);
    expect(erasure.stored()).toEqual(item);
  });

  test('is not erased if it is retried between the read and the write', async () => {
    const retried = aQueuedItem({ run: 2, updatedAt: 7 });
    const { erase, stored } = erasing([failed], (call, table) => {
      if (call === 'write erase') table.items.set(jobId, retried);
    });
    await expect(erase(tenant, seenAs(failed))).rejects.toThrow(changed);
    expect(stored()).toEqual(retried);
  });
});

describe('a cancel of a job that is as its caller saw it', () => {
  test('is no conflict if its answer was lost and its repetition was refused', async () => {
    const item = aQueuedItem();
    let isLost = false;
    const { cancel, stored } = canceling(item, (call, items) => {
      if (call === 'write cancel' && !isLost) {
        isLost = true;
        items.set(jobId, aFailedItem({ status: 'canceled', message: undefined }));
      }
    });
    expect(await cancel(tenant, seenAs(item))).toMatchObject({ status: 'canceled' });
    expect(stored()?.status).toBe('canceled');
  });

  test('is no conflict if its worker has carried it out, and it is asked for again', async () => {
    const stopped = aFailedItem({ status: 'canceled' });
    const { cancel } = canceling(stopped);
    expect(await cancel(tenant, seenAs(aRunningItem()))).toEqual(stopped);
  });
});

describe('a retry of a job that is as its caller saw it', () => {
  test('is no conflict if the job is revived, its answer was lost, and the repetition was refused', async () => {
    const canceled = aFailedItem({ status: 'canceled', message: undefined });
    const { retry } = retrying(canceled, async (call, table) => {
      if (call === 'write revive') await table.write(reviveWrite(canceled, t0, by));
    });
    expect(await retry(tenant, seenAs(canceled))).toMatchObject({ status: 'queued', run: 1 });
  });

  test('is no conflict if its next run was begun by the receiver of the message', async () => {
    const { retry } = retrying(failed, async (call, table) => {
      if (call === 'write retry') await table.write(retryWrite(failed, t0, by));
    });
    expect(await retry(tenant, seenAs(failed))).toMatchObject({ status: 'queued', run: 2 });
  });
});
