import { expect, test } from '@jest/globals';
import { deferWrite, postponeWrite } from '../../../../shared/job/admission-writes.ts';
import {
  claimWrite,
  failLateWrite,
  failUnclaimedWrite,
  reclaimWrite,
  submitWrite,
} from '../../../../shared/job/message-writes.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { itemAfter } from '../../../set-ups/item-after.ts';
import { aMessage, anId, aRunningItem, leaseMs, retentionMs } from '../../../set-ups/samples.ts';

const options = { maxAttempts: 3, dependsOn: [anId(1), anId(2)], notify: [{ event: true as const }] };
const first = aMessage({ options });
/** Of the same request: sent by a submission that raced with the first, while a deployment changed what is not in it. */
const second = aMessage({
  submittedAt: first.submittedAt + 10,
  options: { maxAttempts: 1, dependsOn: [anId(2), anId(1)], notify: [], runAt: t0 - 10 },
});

const error = { name: 'SomeError', message: 'no' };
const end = { now: t0, retentionMs, error };
const writes = {
  defer: deferWrite(second, t0),
  postpone: postponeWrite(second, 'message-2', t0),
  claim: claimWrite(second, { now: t0, claimId: 'this claim', leaseMs }),
  failUnclaimed: failUnclaimedWrite(second, end),
};

test.each(Object.entries(writes))(
  'a %s by another message of the same request changes nothing that was answered',
  async (_name, write) => {
    const answered = await itemAfter(submitWrite(first));
    expect(await itemAfter(write, answered)).toMatchObject({ ...options, createdAt: first.submittedAt });
  },
);

test('a failLate by another message of the same request changes nothing that was answered', async () => {
  const startBefore = t0 - 1;
  const answered = await itemAfter(submitWrite({ ...first, options: { ...options, startBefore } }));
  const write = failLateWrite({ ...second, options: { ...second.options, startBefore } }, end);
  expect(await itemAfter(write, answered)).toMatchObject({ ...options, startBefore });
});

test('a reclaim by another message of the same request changes nothing that was answered', async () => {
  const before = aRunningItem({ ...options, inCompany: true, leaseUntil: t0 });
  const write = reclaimWrite(before, second, { now: t0, claimId: 'this claim', leaseMs });
  expect(await itemAfter(write, before)).toMatchObject(options);
});
