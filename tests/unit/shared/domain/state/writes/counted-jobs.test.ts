import { describe, expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import {
  groupKeyOf,
  unfinishedKeyOf,
  unfinishedKeys,
  waitingKeyOf,
} from '../../../../../../shared/domain/state/job/list-keys.ts';
import type { JobMessage } from '../../../../../../shared/domain/state/job/message.ts';
import {
  admitWrite,
  deferWrite,
  postponeWrite,
  startParentWrite,
} from '../../../../../../shared/domain/state/writes/admission-writes.ts';
import {
  cancelWrite,
  eraseWrite,
  nextRunWrite,
  retryWrite,
  reviveWrite,
} from '../../../../../../shared/domain/state/writes/control-writes.ts';
import {
  awaitHandlerWrite,
  pauseWrite,
} from '../../../../../../shared/domain/state/writes/hold-back-writes.ts';
import {
  handOverWrite,
  outcomeWrite,
  releaseWrite,
} from '../../../../../../shared/domain/state/writes/holder-writes.ts';
import type { JobWrite } from '../../../../../../shared/domain/state/writes/job-write.ts';
import {
  cancelForgottenWrite,
  claimWrite,
  failExhaustedWrite,
  failForgottenWrite,
  failLateWrite,
  failLostWrite,
  failUnclaimedWrite,
  finishCancelWrite,
  submitWrite,
} from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../../../set-ups/item-after.ts';
import {
  aFailedItem,
  aLease,
  aMessage,
  anId,
  aQueuedItem,
  aRunningItem,
  by,
  itsListKey,
  leaseMs,
  retentionMs,
} from '../../../../../set-ups/samples.ts';

const key = unfinishedKeyOf(itsListKey);
const message = aMessage({ counted: true });
const counted = { counted: true, failedKey: key } as const;
const end = { now: t0, retentionMs, error: { name: 'SomeError', message: 'no' } };

test('the part of the index that an unfinished job is in is that of no failed job', () => {
  expect(unfinishedKeys(message)).toEqual({ failedKey: `unfinished/${itsListKey}` });
  expect(unfinishedKeys(aMessage())).toEqual({});
});

describe('a job is counted', () => {
  const creations: Record<string, (of: typeof message) => JobWrite> = {
    submit: submitWrite,
    claim: (of) => claimWrite(of, { now: t0, claimId: 'a claim', leaseMs }),
    defer: (of) => deferWrite(of, t0 + 9, t0),
    postpone: (of) => postponeWrite(of, { admittedBy: 'a message', dueAt: t0 + 9 }, t0),
    awaitHandler: (of) => awaitHandlerWrite(of, { item: undefined, since: t0, until: t0 + 9 }, t0),
    pause: (of) => pauseWrite(of, { item: undefined, by: 'stage', since: t0, lookAt: t0 + 9 }, t0),
  };

  test.each(Object.entries(creations))(
    'if %s creates its item, and its message says so',
    async (_, writeOf) => {
      expect(await itemAfter(writeOf(message))).toMatchObject(counted);
      const other = await itemAfter(writeOf(aMessage()));
      expect(other).not.toHaveProperty('counted');
      expect(other).not.toHaveProperty('failedKey');
    },
  );

  test.each(Object.entries(creations).filter(([name]) => name !== 'submit'))(
    'in the same place after %s, if it was counted',
    async (_, writeOf) => {
      const again = aMessage({ counted: true, shard: 1 });
      expect(await itemAfter(writeOf(again), aQueuedItem(counted))).toMatchObject(counted);
      expect(await itemAfter(writeOf(aMessage()), aQueuedItem(counted))).toMatchObject(counted);
    },
  );

  const canceled = (over: Partial<JobItem> = {}) =>
    aQueuedItem({ counted: true, status: 'canceled', finishedAt: t0 - 1, ...over });
  const retries: Record<string, readonly [JobWrite, JobItem]> = {
    'that has failed': [retryWrite(aFailedItem({ counted: true }), t0, by), aFailedItem({ counted: true })],
    'that was canceled': [retryWrite(canceled(), t0, by), canceled()],
    'by the message of its next run': [nextRunWrite(canceled(), { ...aMessage(), run: 2 }, t0), canceled()],
    'whose message is in its queue': [reviveWrite(canceled(), t0, by), canceled()],
  };
  test.each(Object.entries(retries))('again when it is retried, one %s', async (_, [write, before]) => {
    expect(await itemAfter(write, before)).toMatchObject({ status: 'queued', ...counted });
  });
});

describe('a job that is counted in its group', () => {
  const group = 'a group 🎈';
  const groupKey = groupKeyOf('a tenant', group);
  const ofGroup = aMessage({ countedInGroup: true, options: { maxAttempts: 3, group } });
  const inGroup = { countedInGroup: true, group, groupKey } as const;

  test('has a place there, and another one if all jobs are counted', () => {
    expect(unfinishedKeys(ofGroup)).toEqual({ groupKey });
    expect(unfinishedKeys({ ...ofGroup, counted: true })).toEqual({ groupKey, failedKey: key });
    expect(unfinishedKeys(aMessage({ countedInGroup: true }))).toEqual({});
    expect(groupKey).not.toBe(groupKeyOf('a tenant', 'another'));
    expect(groupKey).not.toBe(groupKeyOf('another', group));
  });

  const { groupKey: _, ...ended } = inGroup;
  const retried = aQueuedItem({ ...ended, status: 'canceled', finishedAt: t0 - 1 });
  const writes: Record<string, readonly [JobWrite, JobItem | undefined]> = {
    submitted: [submitWrite(ofGroup), undefined],
    'claimed before that': [claimWrite(ofGroup, { now: t0, claimId: 'a claim', leaseMs }), undefined],
    deferred: [deferWrite(ofGroup, t0 + 9, t0), undefined],
    retried: [retryWrite(retried, t0, by), retried],
  };
  test.each(Object.entries(writes))('is there when it is %s', async (_, [write, before]) => {
    expect(await itemAfter(write, before)).toMatchObject(inGroup);
  });

  const [running, queued] = [aRunningItem(inGroup), aQueuedItem(inGroup)];
  const ends: Record<string, readonly [JobWrite, JobItem]> = {
    'has succeeded': [
      outcomeWrite(aLease(running, ofGroup), { kind: 'succeeded', result: '1' }, end),
      running,
    ],
    'has failed': [
      outcomeWrite(aLease(running, ofGroup), { kind: 'failed', error: end.error }, end),
      running,
    ],
    'was canceled': [cancelWrite(queued, end, by), queued],
    'has no worker': [failUnclaimedWrite(ofGroup, { ...end, item: queued }), queued],
    'is lost': [failLostWrite(queued, end), queued],
  };
  test.each(Object.entries(ends))('is not there any more when it %s', async (_, [write, before]) => {
    const after = await itemAfter(write, before);
    expect(after).toMatchObject({ countedInGroup: true, finishedAt: t0 });
    expect(after).not.toHaveProperty('groupKey');
  });
});

describe('a job whose waits are counted', () => {
  const ofWaits = aMessage({ counted: true, countedWaits: true });
  const flags = { counted: true, countedWaits: true } as const;
  const moving = { ...flags, failedKey: key };
  const waiting = { ...flags, failedKey: waitingKeyOf(itsListKey) };
  const lease = aLease(aRunningItem(moving), ofWaits);
  const report = { now: t0, error: end.error };
  const later = t0 + 3_600_000;
  const withOptions = (options: Partial<JobMessage['options']>) =>
    aMessage({ ...flags, options: { maxAttempts: 3, ...options } });

  const begins: Record<string, readonly [JobWrite, JobItem | undefined]> = {
    'it is submitted with a time ahead': [submitWrite(withOptions({ runAt: later })), undefined],
    'it is submitted with a dependency': [submitWrite(withOptions({ dependsOn: [anId(9)] })), undefined],
    'it is deferred': [deferWrite(ofWaits, t0 + 9, t0), aQueuedItem(moving)],
    'it is deferred before its submission': [deferWrite(ofWaits, t0 + 9, t0), undefined],
    'it is postponed': [
      postponeWrite(ofWaits, { admittedBy: 'a message', dueAt: t0 + 9 }, t0),
      aQueuedItem(moving),
    ],
    'nobody has its handler': [
      awaitHandlerWrite(ofWaits, { item: undefined, since: t0, until: t0 + 9 }, t0),
      aQueuedItem(moving),
    ],
    'it is paused': [
      pauseWrite(ofWaits, { item: undefined, by: 'stage', since: t0, lookAt: t0 + 9 }, t0),
      aQueuedItem(moving),
    ],
    'it sleeps': [handOverWrite(lease, { now: t0, wakeAt: later }), lease.item],
    'it sleeps for seconds': [handOverWrite(lease, { now: t0, wakeAt: t0 + 9 }), lease.item],
    'it waits for an answer': [
      handOverWrite(lease, {
        ...{ now: t0, wakeAt: later },
        forSignals: { signals: undefined, waits: [], taken: [] },
      }),
      lease.item,
    ],
    'its next attempt is in an hour': [releaseWrite(lease, { ...report, notBefore: later }), lease.item],
  };
  test.each(Object.entries(begins))('is among those that wait when %s', async (_, [write, before]) => {
    expect(await itemAfter(write, before)).toMatchObject(waiting);
  });

  const waits = aQueuedItem({ ...waiting, status: 'waiting' });
  const over: Record<string, readonly [JobWrite, JobItem | undefined]> = {
    'it is submitted, and is due': [submitWrite(ofWaits), undefined],
    'it is admitted': [admitWrite(waits, 'a message', t0), waits],
    'its children have ended': [startParentWrite(waits, 'a message', t0), waits],
    'it is claimed': [claimWrite(ofWaits, { now: t0, claimId: 'a claim', leaseMs }), waits],
    'it is claimed before its submission': [
      claimWrite(ofWaits, { now: t0, claimId: 'a claim', leaseMs }),
      undefined,
    ],
    'its next attempt is in a second': [releaseWrite(lease, { ...report, notBefore: t0 + 9 }), lease.item],
    'it is handed over': [handOverWrite(lease, { now: t0 }), lease.item],
  };
  test.each(Object.entries(over))('is among the others when %s', async (_, [write, before]) => {
    expect(await itemAfter(write, before)).toMatchObject(moving);
  });

  test('is in neither place when it ends as it waits', async () => {
    expect(await itemAfter(cancelWrite(waits, end, by), waits)).not.toHaveProperty('failedKey');
  });

  test('stays where it is if they are not counted', async () => {
    const write = deferWrite(aMessage({ counted: true }), t0 + 9, t0);
    expect(await itemAfter(write, aQueuedItem(counted))).toMatchObject(counted);
  });
});

describe('a job is not counted any more', () => {
  const running = aRunningItem(counted);
  const expired = aRunningItem({ ...counted, attempt: 3, leaseUntil: t0 - 1 });
  const canceling = aQueuedItem({ ...counted, cancelRequested: true });
  const ends: Record<string, readonly [JobWrite, JobItem]> = {
    succeeded: [outcomeWrite(aLease(running, message), { kind: 'succeeded', result: '1' }, end), running],
    stopped: [outcomeWrite(aLease(running, message), { kind: 'canceled' }, end), running],
    canceled: [cancelWrite(aQueuedItem(counted), end, by), aQueuedItem(counted)],
    'canceled as it was asked for': [finishCancelWrite(canceling, message, end), canceling],
    'canceled without its message': [cancelForgottenWrite(canceling, { now: t0, retentionMs }), canceling],
  };
  test.each(Object.entries(ends))('when it is %s', async (_, [write, before]) => {
    const after = await itemAfter(write, before);
    expect(after).toMatchObject({ counted: true, finishedAt: t0 });
    expect(after).not.toHaveProperty('failedKey');
  });

  test('whatever the message says by which it ends', async () => {
    const write = outcomeWrite(aLease(running, aMessage()), { kind: 'succeeded', result: '1' }, end);
    expect(await itemAfter(write, running)).not.toHaveProperty('failedKey');
  });

  const queued = aQueuedItem(counted);
  const failures: Record<string, readonly [JobWrite, JobItem]> = {
    'in its last attempt': [
      outcomeWrite(aLease(running, message), { kind: 'failed', error: end.error }, end),
      running,
    ],
    'with its last worker': [failExhaustedWrite(expired, message, end), expired],
    'without a worker': [failUnclaimedWrite(message, { ...end, item: queued }), queued],
    'since it is late': [failLateWrite(message, { ...end, item: queued }), queued],
    'since its message is gone': [failForgottenWrite(queued, end), queued],
    'since its message is lost': [failLostWrite(queued, end), queued],
  };
  test.each(Object.entries(failures))(
    'when it fails %s, but is among the failed jobs',
    async (_, [write, before]) => {
      expect(await itemAfter(write, before)).toMatchObject({ status: 'failed', failedKey: itsListKey });
    },
  );

  test('and nothing of that is left when it was erased', async () => {
    const failed = aFailedItem({ counted: true });
    const after = await itemAfter(eraseWrite(failed, t0, by), failed);
    expect(after).not.toHaveProperty('counted');
    expect(after).not.toHaveProperty('failedKey');
  });
});
