import { describe, expect, test } from '@jest/globals';
import { StoreUnavailableError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { type JobAction, jobActions } from '../../../../shared/job/job-action.ts';
import { theJobActions } from '../../../set-ups/job-actions.ts';

/** A job in a state, as a list had it. */
async function aSeenJob(state: 'queued' | 'failed') {
  const { jobs, actions, queues } = theJobActions();
  const id = await jobs.submit();
  if (state === 'failed') await jobs.fail(id);
  const stored = (): JobItem => {
    const item = jobs.store.items.get(id);
    if (!item) throw new TypeError('there is no such job');
    return item;
  };
  return { id, jobs, actions, queues, stored, seen: { ...stored() } };
}

const stateFor: Readonly<Record<JobAction, 'queued' | 'failed'>> = {
  cancel: 'queued',
  retry: 'failed',
  erase: 'failed',
};

describe('an action on a job that was found in a list', () => {
  test('cancels it', async () => {
    const { actions, seen, stored } = await aSeenJob('queued');
    expect(await actions().act('cancel', seen)).toBe(true);
    expect(stored().status).toBe('canceled');
  });

  test('retries it', async () => {
    const { actions, seen, stored, queues } = await aSeenJob('failed');
    expect(await actions().act('retry', seen)).toBe(true);
    expect(stored()).toMatchObject({ status: 'queued', run: 2 });
    expect(queues.long.sent).toHaveLength(1);
  });

  test('erases it', async () => {
    const { actions, seen, stored } = await aSeenJob('failed');
    expect(await actions().act('erase', seen)).toBe(true);
    expect(stored().erased).toBe(true);
  });

  test.each(jobActions)('to %s it, does nothing if it has changed since', async (action) => {
    const { id, jobs, actions, seen, stored, queues } = await aSeenJob(stateFor[action]);
    if (action === 'cancel') await jobs.fail(id);
    else await jobs.retry(id);
    const before = stored();
    expect(await actions().act(action, seen)).toBe(false);
    expect(stored()).toEqual(before);
    expect(queues.long.sent).toEqual([]);
  });

  test('does nothing if its kept message cannot be read, so that the others are not held up', async () => {
    const { jobs, actions, stored } = await aSeenJob('failed');
    jobs.store.items.set(stored().id, { ...stored(), message: 'not JSON' });
    expect(await actions().act('retry', stored())).toBe(false);
  });

  test.each(jobActions)('to %s it, does nothing if it is gone, or of another tenant', async (action) => {
    const { id, jobs, actions, seen } = await aSeenJob(stateFor[action]);
    expect(await actions().act(action, { ...seen, tenant: 'another tenant' })).toBe(false);
    jobs.expire(id);
    expect(await actions().act(action, seen)).toBe(false);
  });

  test.each(jobActions)(
    'to %s it, fails if the table cannot be reached, to be tried again',
    async (action) => {
      const { actions, seen } = await aSeenJob(stateFor[action]);
      const before = (call: string) => {
        if (call.startsWith('write')) throw new StoreUnavailableError('no');
      };
      await expect(actions({ before }).act(action, seen)).rejects.toThrow(StoreUnavailableError);
    },
  );
});
