import { describe, expect, test } from '@jest/globals';
import { writeMessage } from '../../../../shared/job/message.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { aDeadLetterFunction } from '../../../set-ups/dead-letter.ts';
import { dependent, dependents, itsWake } from '../../../set-ups/dependents.ts';
import { aFailedItem, aMessage, aQueuedItem, dayMs, jobId } from '../../../set-ups/samples.ts';

const pointer = { kind: 'pointer', version: 2, id: jobId, run: 1, fingerprint: 'a fingerprint' } as const;
const MessageBody = JSON.stringify(pointer);
const postponed = (runAt: number) =>
  aQueuedItem({
    status: 'waiting',
    runAt,
    message: writeMessage(aMessage({ options: { maxAttempts: 3, runAt } })),
  });

describe('a pointer that is a dead letter', () => {
  test.each([
    ['of the waiting queue', MessageBody],
    ['of Scheduler', JSON.stringify({ MessageBody, QueueUrl: 'https://sqs.example/waiting' })],
  ])('%s fails the job that is due, which can be retried', async (_what, text) => {
    const item = postponed(t0 + 120_000);
    const { resolveText, stored } = aDeadLetterFunction(item);
    expect((await resolveText(text)).kind).toBe('delete');
    expect(stored()).toMatchObject({
      status: 'failed',
      error: { name: 'DeadLetterError' },
      message: item.message,
    });
  });

  test('leaves a job alone that is due later', async () => {
    const item = postponed(t0 + dayMs);
    const { resolveText, stored } = aDeadLetterFunction(item);
    expect((await resolveText(MessageBody)).kind).toBe('delete');
    expect(stored()).toEqual(item);
  });

  test.each([
    ['sleeps: a worker has started it', { notBefore: t0 + 60_000 }],
    ['has slept', { notBefore: t0 - 60_000 }],
    ['waits for another job', { dependsOn: [dependent.id] }],
  ])('leaves a job alone that %s, since its own message is in a queue', async (_what, over) => {
    const item = { ...postponed(t0 - 60_000), ...over };
    const { resolveText, stored } = aDeadLetterFunction(item);
    expect((await resolveText(MessageBody)).kind).toBe('delete');
    expect(stored()).toEqual(item);
  });

  test('fails a job that other jobs let run, and that no message brings back', async () => {
    const item = { ...postponed(t0 - 60_000), dependsOn: [dependent.id], admittedBy: 'a message' };
    const { resolveText, stored } = aDeadLetterFunction(item);
    expect((await resolveText(MessageBody)).kind).toBe('delete');
    expect(stored()?.status).toBe('failed');
  });

  test('announces the end of a job that was canceled', async () => {
    const { resolveText, items, waiting } = aDeadLetterFunction(
      aFailedItem({ status: 'canceled', dependents }),
    );
    items.set(dependent.id, dependent);
    expect((await resolveText(MessageBody)).kind).toBe('delete');
    expect(waiting.sent).toEqual([itsWake]);
  });

  test('of a run that the item does not know goes to quarantine', async () => {
    const { resolveText, queue } = aDeadLetterFunction(postponed(t0));
    const body = JSON.stringify({ ...pointer, run: 7 });
    expect((await resolveText(body)).kind).toBe('delete');
    expect(queue.quarantined).toEqual([{ body, reason: 'the pointer is to run 7, the item is of run 1' }]);
  });
});

test('an occurrence of a schedule that made no job is for a person', async () => {
  const { resolveText, queue } = aDeadLetterFunction(undefined);
  const occurrence = { kind: 'occurrence', version: 2, schedule: 'nightly', at: '2026-01-02T02:00:00Z' };
  expect((await resolveText(JSON.stringify(occurrence))).kind).toBe('delete');
  expect(queue.quarantined).toMatchObject([
    { reason: 'the schedule nightly has made no job for 2026-01-02T02:00:00Z' },
  ]);
});

test('a text that only looks like a dead letter of Scheduler is quarantined as it is', async () => {
  const { resolveText, queue } = aDeadLetterFunction(undefined);
  for (const body of ['"MessageBody"', '{"MessageBody":1}'])
    expect((await resolveText(body)).kind).toBe('delete');
  expect(queue.quarantined.map(({ body }) => body)).toEqual(['"MessageBody"', '{"MessageBody":1}']);
});
