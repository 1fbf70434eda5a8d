import { describe, expect, test } from '@jest/globals';
import { ConflictError, JobNotFoundError } from '../../../../shared/job/errors.ts';
import type { JobItem } from '../../../../shared/job/item.ts';
import { textInObject } from '../../../../shared/job/kept-text.ts';
import { writeMessage } from '../../../../shared/job/message.ts';
import { ObjectsUnavailableError } from '../../../../shared/job/object-errors.ts';
import { findInput } from '../../../../shared/operations/find-input.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, jobId } from '../../../set-ups/samples.ts';

const unkept = { message: undefined };

function finding(item: JobItem, objects = new InMemoryObjectStore()) {
  const store = new InMemoryJobStore();
  store.items.set(jobId, item);
  return (tenant = 'a tenant') => findInput({ id: jobId, tenant }, { store, objects });
}

describe('findInput', () => {
  test.each([
    ['failed', aFailedItem()],
    ['canceled', aFailedItem({ status: 'canceled' })],
    ['waiting', aQueuedItem({ status: 'waiting', message: writeMessage(aMessage()) })],
  ])('finds what a job was given that is %s', async (_status, job) => {
    expect(await finding(job)()).toEqual({ job, message: aMessage() });
  });

  test('reads a message that is in an object', async () => {
    const name = 'messages/ended/a/b';
    const objects = new InMemoryObjectStore([[name, Buffer.from(writeMessage(aMessage()))]]);
    const job = aFailedItem({ message: textInObject(name) });
    expect(await finding(job, objects)()).toEqual({ job, message: aMessage() });
  });

  test.each([
    ['succeeded', aFailedItem({ status: 'succeeded', ...unkept }), 'The job has succeeded'],
    ['running', aRunningItem(), 'once it has failed'],
    ['queued', aQueuedItem(), 'once it has failed'],
    ['waiting for its time', aQueuedItem({ status: 'waiting' }), 'while it sleeps or waits'],
    ['just canceled', aFailedItem({ status: 'canceled', ...unkept }), 'has delivered that message'],
    ['failed, and its object is gone', aFailedItem({ message: textInObject('gone') }), 'not kept any more'],
  ])('says why it does not know what a job was given that is %s', async (_status, job, why) => {
    const found = finding(job)();
    await expect(found).rejects.toThrow(ConflictError);
    await expect(found).rejects.toThrow(why);
  });

  test("does not find another tenant's job", async () => {
    await expect(finding(aFailedItem())('another')).rejects.toThrow(JobNotFoundError);
  });

  test('does not take a bucket that is out of reach for one without the message', async () => {
    const objects = {
      // biome-ignore lint/correctness/useYield: it fails before it has any bytes
      async *read(): AsyncGenerator<Uint8Array> {
        throw new ObjectsUnavailableError('no answer');
      },
    };
    const store = new InMemoryJobStore();
    store.items.set(jobId, aFailedItem({ message: textInObject('a name') }));
    const found = findInput({ id: jobId, tenant: 'a tenant' }, { store, objects });
    await expect(found).rejects.toThrow(ObjectsUnavailableError);
  });
});
