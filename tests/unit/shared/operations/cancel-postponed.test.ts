import { expect, test } from '@jest/globals';
import { QueueUnavailableError } from '../../../../shared/job/errors.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { canceling } from '../../../set-ups/canceling.ts';
import { aMessage, aQueuedItem, dayMs, jobId } from '../../../set-ups/samples.ts';

const postponed = aQueuedItem({
  status: 'waiting',
  runAt: t0 + dayMs,
  message: writeMessage(aMessage({ options: { maxAttempts: 3, runAt: t0 + dayMs } })),
});

test('the cancel of a job whose item keeps the message is followed by a pointer, a minute later', async () => {
  const { cancel, pointers, stored } = canceling(postponed);
  expect(await cancel()).toMatchObject({ status: 'canceled' });
  const pointer = { kind: 'pointer', version: 2, id: jobId, run: 1, fingerprint: 'a fingerprint' };
  expect(pointers.sent).toEqual([{ pointer, delaySeconds: 60 }]);
  expect(stored()?.message).toBe(postponed.message);
});

test('the cancel is not written if the pointer cannot be sent: nobody would make up for a crash', async () => {
  const { cancel, pointers, stored } = canceling(postponed);
  pointers.isFailing = true;
  await expect(cancel()).rejects.toThrow(QueueUnavailableError);
  expect(stored()).toEqual(postponed);
});

test('the cancel of a job whose message is in a queue needs no pointer', async () => {
  const { cancel, pointers } = canceling(aQueuedItem());
  await cancel();
  expect(pointers.sent).toEqual([]);
});
