import { describe, expect, test } from '@jest/globals';
import { lookForStuck } from '../../../../shared/admission/look-for-stuck.ts';
import { QueueUnavailableError } from '../../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../../shared/domain/state/job/item.ts';
import { dueKeys } from '../../../../shared/domain/state/job/list-keys.ts';
import { writeMessage } from '../../../../shared/domain/state/job/message.ts';
import { pointerTo } from '../../../../shared/domain/state/job/pointer.ts';
import { passStateIn } from '../../../../shared/domain/state/waits/pass-state.ts';
import { FixedClock, t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryJobStore } from '../../../../testkit/fakes/in-memory-job-store.ts';
import { inMemoryOpenJobs } from '../../../../testkit/fakes/in-memory-open-jobs.ts';
import { InMemoryPointerQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../../../testkit/fakes/in-memory-records.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { anAdmission } from '../../../set-ups/admission.ts';
import { aMessage, anId, aQueuedItem, aRoot, aRunningItem, dayMs, jobId } from '../../../set-ups/samples.ts';

const longAgo = t0 - 15 * dayMs;
const queued = (over: Partial<JobItem> = {}) => aQueuedItem({ updatedAt: longAgo, ...over });
const running = (over: Partial<JobItem> = {}) =>
  aRunningItem({ updatedAt: longAgo, leaseUntil: longAgo, ...over });

function looking(...items: readonly JobItem[]) {
  const store = new InMemoryJobStore();
  for (const item of items) store.items.set(item.id, item);
  const pointers = new InMemoryPointerQueue();
  const pass = passStateIn(new InMemoryRecords());
  const [clock, log] = [new FixedClock(), recordedLog()];
  const deps = { open: inMemoryOpenJobs(store.items, 1), pass, pointers, clock, log };
  const found = () => pointers.sent.map(({ pointer }) => pointer.id);
  return { look: (ms = 50_000) => lookForStuck(clock.now() + ms, deps), deps, found, ...deps };
}

describe('lookForStuck', () => {
  test.each([
    ['a queued job', queued()],
    ['a job whose worker has died', running()],
    ['a job whose time has come', queued({ status: 'waiting', runAt: t0 + dayMs })],
    ['a job of which a copy was sent 15 days ago', queued({ updatedAt: longAgo - dayMs, seenAt: longAgo })],
  ])('sends a pointer to %s that was not seen for 15 days', async (_what, item) => {
    const { look, pointers } = looking(item);
    await look();
    const pointer = { ...pointerTo(item), lostUnlessSeenSince: longAgo };
    expect(pointers.sent).toEqual([{ pointer, delaySeconds: 0 }]);
  });

  test.each([
    ['one that was written to later', queued({ updatedAt: longAgo + 1 })],
    ['one of which a copy was sent later', queued({ seenAt: longAgo + 1 })],
    ['one that waits outside of all queues', queued({ status: 'waiting', ...dueKeys(jobId, t0) })],
    ['one under a lease', running({ leaseUntil: t0 - 59_999 })],
    ['one that has ended', queued({ status: 'succeeded' })],
  ])('leaves %s', async (_what, item) => {
    const { look, found } = looking(item);
    await look();
    expect(found()).toEqual([]);
  });

  test('goes on in the next call where its time was over, and begins anew a day after it began', async () => {
    const ids = [anId(1), anId(2), anId(3)];
    const { look, found, clock } = looking(...ids.map((id) => queued({ id })));
    await look(0);
    expect(found()).toEqual(ids.slice(0, 1));
    await look();
    expect(found()).toEqual(ids);
    await clock.advance(dayMs - 1);
    await look();
    expect(found()).toHaveLength(3);
    await clock.advance(1);
    await look();
    expect(found()).toHaveLength(6);
  });

  test('looks at a page once more if a pointer of it could not be sent', async () => {
    const { look, deps, pass, found } = looking(queued());
    const failing = { send: async () => Promise.reject(new QueueUnavailableError('away')) };
    await expect(lookForStuck(t0 + 1, { ...deps, pointers: failing })).rejects.toThrow('away');
    expect(await pass.read()).toMatchObject({ startedAt: 0 });
    await look();
    expect(found()).toEqual([jobId]);
  });

  test('stops if another call goes on with the same pass', async () => {
    const { deps, found, pass } = looking(queued({ id: anId(1) }), queued({ id: anId(2) }));
    const open: typeof deps.open = {
      page: async (query) => {
        await pass.write({ startedAt: t0, next: 'z' }, 0);
        return deps.open.page(query);
      },
    };
    await lookForStuck(t0 + 50_000, { ...deps, open });
    expect(found()).toEqual([anId(1)]);
  });

  test('leaves a job of a newer version alone, and says what it has found', async () => {
    const { look, found, log } = looking(
      queued({ id: anId(1), version: 99 as never }),
      queued({ id: anId(2) }),
    );
    await look();
    expect(found()).toEqual([anId(2)]);
    expect(log.lines.map(({ level, message, fields }) => [level, message, fields])).toEqual([
      ['warn', 'a job of a newer version is left alone', { jobId: anId(1), version: 99 }],
      ['warn', 'jobs are stuck', { jobs: 1, readUnits: 0.25, isComplete: true }],
    ]);
  });
});

describe('a pointer to a job that looks stuck', () => {
  const pointer = { ...pointerTo(queued()), lostUnlessSeenSince: longAgo };

  test('fails a job whose message nothing has: it cannot be retried', async () => {
    const { receive, stored, calls } = anAdmission([queued()]);
    expect(await receive(pointer)).toEqual({ kind: 'delete', why: 'the job is failed' });
    expect(stored()).toMatchObject({
      status: 'failed',
      error: { name: 'MessageLostError', message: expect.not.stringContaining('may still run') },
      failedKey: queued().listKey,
    });
    expect(calls).toEqual(['read', 'write failLost']);
  });

  test('leaves a child to its parent, which has the payload, as long as that waits for it', async () => {
    const root = aRoot({ parent: anId(7) });
    const place = { id: anId(7), batch: root.batch, index: 0, shard: 0, depth: 1 };
    const awaits = { until: t0 + dayMs, batches: [root.batch] };
    const parent = aQueuedItem({ id: anId(7), status: 'waiting', notBefore: t0 + dayMs, awaits });
    const { receive, stored, pointers, deps } = anAdmission([queued({ parent: place }), parent]);
    await deps.batches.create(root);
    expect((await receive(pointer)).why).toBe('its parent sends its message again');
    expect([stored()?.status, (await deps.batches.read(root.batch))?.wantedAt]).toEqual(['queued', t0]);
    expect(pointers.sent).toMatchObject([{ pointer: { id: anId(7), again: true } }]);

    const orphan = anAdmission([queued({ parent: place }), { ...parent, status: 'running' }]);
    await orphan.receive(pointer);
    expect(orphan.stored()?.status).toBe('failed');
  });

  test('says that what the job has started elsewhere may still run', async () => {
    const { contracts } = anAdmission().deps;
    const { type } = running();
    const canceling = { ...contracts, [type]: { ...contracts[type], hasCancel: true } } as typeof contracts;
    const { receive, stored } = anAdmission([running()], undefined, canceling);
    await receive(pointer);
    expect(stored()?.error?.message).toMatch('may still run');
  });

  const sleeping = (over: Partial<JobItem> = {}) =>
    queued({ message: writeMessage(aMessage({ run: 1 })), run: 2, ...over });
  const toRun2 = { ...pointer, run: 2 };

  test('sends a message that is kept again, in the run that the job is in, and says so afterwards', async () => {
    const { receive, runQueues, stored, calls } = anAdmission([sleeping()]);
    expect((await receive(toRun2)).kind).toBe('delete');
    const { type } = aMessage();
    const sent = Object.values(runQueues).flatMap((queue) => queue.sent);
    expect(sent).toMatchObject([{ message: { type, run: 2, requeued: true } }]);
    expect(stored()).toMatchObject({ status: 'queued', seenAt: t0 });
    expect(calls.at(-1)).toBe('write noteCopy');
  });

  test('sends a job of a group to its queue, not before that would take it for the one that was lost', async () => {
    const group = {
      message: writeMessage(aMessage({ options: { maxAttempts: 3, group: 'g' } })),
      group: 'g',
    };
    const { receive, runQueues, pointers } = anAdmission([queued({ ...group, updatedAt: t0 - 60_000 })]);
    const early = { ...pointer, lostUnlessSeenSince: t0 - 60_000 };
    await receive(early);
    expect(runQueues.ordered.sent).toEqual([]);
    expect(pointers.sent).toEqual([{ pointer: early, delaySeconds: 300 }]);

    const later = anAdmission([queued(group)]);
    await later.receive(pointer);
    expect(later.runQueues.ordered.sent).toHaveLength(1);
  });

  test('sends a job again whose message is kept from its submission on, also in its next run', async () => {
    const item = queued({ run: 2, keptMessage: writeMessage(aMessage()) });
    const { receive, runQueues } = anAdmission([item]);
    await receive({ ...pointer, run: 2 });
    const [sent] = Object.values(runQueues).flatMap((queue) => queue.sent);
    expect(sent?.message).toEqual({ ...aMessage(), run: 2, requeued: true });
  });

  test('sends a job again whose large message is still in an object, and fails it if the object is gone', async () => {
    const item = queued({ messageObject: 'messages/waiting/a' });
    const { receive, objects, runQueues } = anAdmission([item]);
    await objects.put({
      name: 'messages/waiting/a',
      body: writeMessage(aMessage()),
      contentType: 'text/plain',
    });
    await receive(pointer);
    expect(Object.values(runQueues).flatMap((queue) => queue.sent)).toHaveLength(1);

    const without = anAdmission([item]);
    await without.receive(pointer);
    expect(without.stored()?.status).toBe('failed');
  });

  test.each([
    ['carries out', running(), 'canceled'],
    ['fails a job in place of', queued({ status: 'waiting', messageObject: 'messages/gone' }), 'failed'],
  ])('%s a cancel that was requested', async (_what, item, status) => {
    const { receive, stored } = anAdmission([{ ...item, cancelRequested: true, startedAt: longAgo }]);
    expect((await receive(pointer)).kind).toBe('delete');
    expect(stored()?.status).toBe(status);
  });

  test.each([
    ['has gone on', queued({ seenAt: t0 }), 'the job is not stuck'],
    ['was retried', queued({ run: 2 }), 'the job has gone on since'],
    ['is another one', queued({ fingerprint: 'another' }), 'the job has gone on since'],
    ['has ended', queued({ status: 'succeeded' }), 'the job is succeeded'],
  ])('is deleted if the job %s', async (_what, item, why) => {
    const { receive, stored } = anAdmission([item]);
    expect(await receive(pointer)).toMatchObject({ kind: 'delete', why });
    expect(stored()).toEqual(item);
  });

  test('is returned if the job has gone on since it was read', async () => {
    const changed = queued({ seenAt: t0 });
    const { receive, stored } = anAdmission([queued()], (call, items) => {
      if (call === 'write failLost') items.set(jobId, changed);
    });
    expect((await receive(pointer)).kind).toBe('return');
    expect(stored()).toEqual(changed);
  });
});
