import { expect, test } from '@jest/globals';
import type { JobItem } from '../../../../../../shared/domain/state/job/item.ts';
import { transitions } from '../../../../../../shared/domain/state/job/transitions.ts';
import {
  admitWrite,
  startParentWrite,
} from '../../../../../../shared/domain/state/writes/admission-writes.ts';
import {
  cancelWrite,
  eraseWrite,
  requestCancelWrite,
  retryWrite,
  reviveWrite,
} from '../../../../../../shared/domain/state/writes/control-writes.ts';
import { replaceWrite } from '../../../../../../shared/domain/state/writes/debounce-writes.ts';
import type { JobWrite } from '../../../../../../shared/domain/state/writes/job-write.ts';
import {
  cancelForgottenWrite,
  failForgottenWrite,
  failLateWrite,
  failLostWrite,
  failUnclaimedWrite,
} from '../../../../../../shared/domain/state/writes/message-writes.ts';
import { t0 } from '../../../../../../testkit/fakes/fixed.ts';
import { aMessage, aQueuedItem, aRunningItem, retentionMs } from '../../../../../set-ups/samples.ts';

const message = aMessage();
const error = { name: 'Error', message: 'it failed' };
const debounced = { submissions: 1, latestAt: t0 };
const end = (now: number) => ({ now, retentionMs, error });

const writes: readonly ((item: JobItem, now: number) => JobWrite)[] = [
  (item, now) => admitWrite(item, 'a message', now),
  (item, now) => startParentWrite(item, 'a message', now),
  (item, now) => cancelWrite(item, end(now), 'somebody'),
  (item, now) => requestCancelWrite(item, now, 'somebody'),
  (item, now) => retryWrite(item, now, 'somebody'),
  (item, now) => reviveWrite(item, now, 'somebody'),
  (item, now) => eraseWrite(item, now, 'somebody'),
  (item, now) => replaceWrite({ ...item, debounced }, { message, dueAt: t0 }, now),
  (item, now) => failUnclaimedWrite(message, { item, ...end(now) }),
  (item, now) => failLateWrite(message, { item, ...end(now) }),
  (item, now) => failForgottenWrite(item, end(now)),
  (item, now) => failLostWrite(item, end(now)),
  (item, now) => cancelForgottenWrite(item, end(now)),
];
const named = writes.map((write) => [write(aQueuedItem(), t0).transition, write] as const);

test.each(named)(
  '%s says that the item has changed, also to who has read it in the same millisecond',
  (_name, write) => {
    for (const now of [t0 - 600_000, t0, t0 + 1, t0 + 5]) {
      const { set } = write(aRunningItem({ updatedAt: t0 }), now);
      const updatedAt = Math.max(now, t0 + 1);
      expect(set).toMatchObject({
        updatedAt,
        ...(set.finishedAt === undefined ? {} : { finishedAt: updatedAt }),
      });
    }
  },
);

test('so does every other write that may not meet a change', () => {
  const guarded = Object.entries(transitions)
    .filter(([, { requires }]) => requires.some((requirement) => requirement === 'unchanged'))
    .map(([name]) => name);
  expect(named.map(([name]) => name)).toEqual(expect.arrayContaining(guarded));
});
