import { describe, expect, test } from '@jest/globals';
import {
  ConflictError,
  JobNotFoundError,
  StoreUnavailableError,
} from '../../../../../shared/domain/base/errors.ts';
import { ObjectsUnavailableError } from '../../../../../shared/domain/objects/object-errors.ts';
import type { JobItem } from '../../../../../shared/domain/state/job/item.ts';
import { writeMessage } from '../../../../../shared/domain/state/job/message.ts';
import { isTerminal } from '../../../../../shared/domain/state/job/transitions.ts';
import type { JobStore } from '../../../../../shared/domain/state/ports.ts';
import { textInObject } from '../../../../../shared/domain/state/stored/stored-text.ts';
import { eraseWrite } from '../../../../../shared/domain/state/writes/control-writes.ts';
import { findInput } from '../../../../../shared/operations/find/find-input.ts';
import { findGrantedJob, findJob } from '../../../../../shared/operations/find/find-job.ts';
import { waitForJob } from '../../../../../shared/operations/find/wait-for-job.ts';
import { FixedClock, t0 } from '../../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../../testkit/fakes/in-memory-job-store.ts';
import { InMemoryObjectStore } from '../../../../../testkit/fakes/in-memory-objects.ts';
import { aFailedItem, aMessage, aQueuedItem, aRunningItem, by, jobId } from '../../../../set-ups/samples.ts';

const store = new InMemoryJobStore();
store.items.set(jobId, aQueuedItem());

const unreachable: JobStore = {
  read: () => Promise.reject(new StoreUnavailableError('the table was called')),
  write: () => Promise.reject(new StoreUnavailableError('the table was called')),
};

describe('findJob', () => {
  test('returns a job of the tenant', async () => {
    expect(await findJob({ id: jobId, tenant: 'a tenant' }, { store })).toEqual(aQueuedItem());
  });

  test.each([
    ['is of another tenant', { id: jobId, tenant: 'another' }],
    ['is requested with an empty tenant', { id: jobId, tenant: '' }],
    ['does not exist', { id: jobId.replace('0', '1'), tenant: 'a tenant' }],
  ])('throws a JobNotFoundError for a job that %s', async (_what, which) => {
    await expect(findJob(which, { store })).rejects.toThrow(
      new JobNotFoundError('There is no job of this id.'),
    );
  });

  test('throws a JobNotFoundError for a job that was erased, to its tenant, to nobody and for a grant', async () => {
    const table = new InMemoryJobStore();
    const item = aFailedItem();
    table.items.set(jobId, item);
    expect(await table.write(eraseWrite(item, t0, by))).toBeDefined();
    const notFound = new JobNotFoundError('There is no job of this id.');
    for (const tenant of ['a tenant', ''])
      await expect(findJob({ id: jobId, tenant }, { store: table })).rejects.toThrow(notFound);
    await expect(findGrantedJob({ id: jobId }, { store: table })).rejects.toThrow(notFound);
  });

  const malformedIds = [
    '',
    ' ',
    'x',
    '../jobs',
    jobId.toUpperCase(),
    ` ${jobId}`,
    `${jobId}\n`,
    jobId.replaceAll('-', ''),
    `{${jobId}}`,
    `${jobId}0`,
    '\u0000',
    'é'.repeat(3000),
  ];
  test.each(malformedIds.map((id) => [id.slice(0, 50), id] as const))(
    'throws a JobNotFoundError for the malformed id %j without a read',
    async (_start, id) => {
      await expect(findJob({ id, tenant: 'a tenant' }, { store: unreachable })).rejects.toThrow(
        JobNotFoundError,
      );
    },
  );

  test('finds a job of any tenant for a grant, and no job of a malformed or unknown id', async () => {
    expect(await findGrantedJob({ id: jobId }, { store })).toEqual(aQueuedItem());
    const unknown = findGrantedJob({ id: jobId.replace('0', '1') }, { store });
    await expect(unknown).rejects.toThrow(new JobNotFoundError('There is no job of this id.'));
    await expect(findGrantedJob({ id: 'x' }, { store: unreachable })).rejects.toThrow(JobNotFoundError);
  });

  test('finds no later job of the same id for a grant that says when its job was created', async () => {
    const { createdAt } = aQueuedItem();
    expect(await findGrantedJob({ id: jobId, createdAt }, { store })).toEqual(aQueuedItem());
    await expect(findGrantedJob({ id: jobId, createdAt: createdAt - 1 }, { store })).rejects.toThrow(
      new JobNotFoundError('There is no job of this id.'),
    );
  });

  test('throws a StoreUnavailableError if the table cannot be reached', async () => {
    const finding = findJob({ id: jobId, tenant: 'a tenant' }, { store: unreachable });
    await expect(finding).rejects.toThrow(StoreUnavailableError);
  });
});

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

const done = aRunningItem({ status: 'succeeded' });

/** Waits for a job that ends after `endsAfterMs`. `reads`: when it was looked at. */
function waiting(endsAfterMs: number, seconds: number) {
  const clock = new FixedClock();
  const reads: number[] = [];
  const read = async (): Promise<JobItem> => {
    const time = clock.now() - t0;
    reads.push(time);
    return time >= endsAfterMs ? done : aQueuedItem();
  };
  let answeredAt: number | undefined;
  const isOver = ({ status }: JobItem) => isTerminal(status);
  /** What it asks the door. */
  const asked: string[] = [];
  const enter = async () => {
    asked.push('enter');
    return async () => void asked.push('leave');
  };
  const job = waitForJob({ read, isOver, seconds, enter }, clock).finally(() => {
    answeredAt = clock.now() - t0;
  });
  return { clock, reads, job, answeredAt: () => answeredAt, asked };
}

describe('waitForJob', () => {
  test('looks once at a job that is over', async () => {
    const { job, reads, asked } = waiting(0, 25);
    expect(await job).toBe(done);
    expect([reads, asked]).toEqual([[0], []]);
  });

  test('looks once if there is no time to wait', async () => {
    const { job, reads } = waiting(10, 0);
    expect((await job).status).toBe('queued');
    expect(reads).toEqual([0]);
  });

  test('looks four times in the first second, and then every 0.8 s', async () => {
    const { clock, job, reads } = waiting(Infinity, 4);
    await clock.advance(4_000);
    expect((await job).status).toBe('queued');
    expect(reads).toEqual([0, 150, 400, 800, 1600, 2400, 3200, 4000]);
  });

  test.each([1, 150, 151, 700, 3_999])('sees an end after %d ms within 0.8 s', async (endsAfterMs) => {
    const { clock, job, answeredAt } = waiting(endsAfterMs, 5);
    await clock.advance(5_000);
    expect(await job).toBe(done);
    expect(Number(answeredAt()) - endsAfterMs).toBeLessThan(800);
  });

  test('looks at the very end of its time, and not after it', async () => {
    const { clock, job, answeredAt, asked } = waiting(1_000, 1);
    await clock.advance(60_000);
    expect(await job).toBe(done);
    expect([answeredAt(), asked]).toEqual([1_000, ['enter', 'leave']]);
  });

  test('leaves its place if a later look fails', async () => {
    const clock = new FixedClock();
    const looks = [async () => aQueuedItem(), () => Promise.reject(new Error('no'))];
    const left: string[] = [];
    const enter = async () => async () => void left.push('leave');
    const read = () => (looks.shift() ?? looks[0])?.() ?? Promise.reject(new Error('no look'));
    const failing = waitForJob({ read, isOver: () => false, seconds: 5, enter }, clock);
    const failed = expect(failing).rejects.toThrow('no');
    await clock.advance(5_000);
    await failed;
    expect(left).toEqual(['leave']);
  });

  test('fails as soon as a look fails', async () => {
    const failing = waitForJob(
      {
        read: () => Promise.reject(new Error('no')),
        isOver: () => true,
        seconds: 5,
        enter: async () => undefined,
      },
      new FixedClock(),
    );
    await expect(failing).rejects.toThrow('no');
  });
});
